import Foundation
import Testing

/// Compares the table of targets in `docs/ARCHITECTURE.md` with the imports of the sources and with the package
/// description, so that no target imports another one without a decision.
@Suite struct ArchitectureTableTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The targets that each row of the table permits, by target.
  private let permitted: [String: Set<String>]

  init() throws {
    let text = try String(contentsOf: Self.root.appending(path: "docs/ARCHITECTURE.md"), encoding: .utf8)
    let map = try #require(text.components(separatedBy: "\n## Map\n").dropFirst().first)
    var rows: [String: Set<String>] = [:]
    for line in map.components(separatedBy: "\n## ")[0].split(separator: "\n") where line.hasPrefix("| `") {
      let cells = line.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
      let names = Self.quoted(cells[1], "`")
      for name in names { rows[name] = Set(Self.quoted(cells[3], "`")) }
    }
    permitted = rows
  }

  private static func quoted(_ text: String, _ mark: Character) -> [String] {
    text.split(separator: mark, omittingEmptySubsequences: false).enumerated()
      .compactMap { $0.offset % 2 == 1 ? String($0.element) : nil }
  }

  /// The targets of the table with a Swift file, each with the modules that its files import.
  private func imports() throws -> [String: Set<String>] {
    var found: [String: Set<String>] = [:]
    for target in permitted.keys {
      let imported = try Self.imports(below: "Sources/\(target)")
      if !imported.isEmpty { found[target] = imported }
    }
    return found
  }

  /// The modules that the files in a folder import.
  private static func imports(below folder: String) throws -> Set<String> {
    var found: Set<String> = []
    let files = FileManager.default.enumerator(
      at: root.appending(path: folder), includingPropertiesForKeys: nil)
    while let file = files?.nextObject() as? URL {
      guard file.pathExtension == "swift", !file.path.contains(".docc/") else { continue }
      for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
        let words = line.split(separator: " ")
        // An import for one trait is indented by its `#if`.
        guard (2...3).contains(words.count), words[words.count - 2] == "import" else { continue }
        found.insert(String(words[words.count - 1]))
      }
    }
    return found
  }

  @Test func namesEveryTargetOfTheSources() throws {
    let folders = try FileManager.default.contentsOfDirectory(
      atPath: Self.root.appending(path: "Sources").path)
    #expect(Set(folders) == Set(permitted.keys))
  }

  @Test func isWhatTheSourcesImport() throws {
    for (target, imported) in try imports() {
      let ours = imported.intersection(permitted.keys)
      #expect(ours == permitted[target], "\(target)")
    }
  }

  @Test func isWhatThePackageDeclares() throws {
    let text = try String(contentsOf: Self.root.appending(path: "Package.swift"), encoding: .utf8)
    let product = text.components(separatedBy: "    // Tests, one folder a target")[0]
    for piece in product.components(separatedBy: "arget(").dropFirst() {
      let names = Self.quoted(piece.components(separatedBy: "swiftSettings")[0], "\"")
      guard let target = names.first, let allowed = permitted[target] else { continue }
      let declared = Set(names.dropFirst()).intersection(permitted.keys)
      #expect(declared == allowed, "\(target)")
    }
  }

  /// A test target that does not declare an import is built only when the imported module happens to be built before.
  @Test func testsDeclareWhatTheyImport() throws {
    let text = try String(contentsOf: Self.root.appending(path: "Package.swift"), encoding: .utf8)
    let tests = text.components(separatedBy: "    // Tests, one folder a target")[1]
    let pieces = tests.split(separator: /\n    (?:\.\w*[tT]arget|tests)\(/).dropFirst()
    let targets = pieces.map { Self.quoted(String($0), "\"") }
    let ours = Set(targets.map { $0[0] }).union(permitted.keys)
    #expect(targets.count > 20)
    for (piece, names) in zip(pieces, targets) {
      let path = piece.firstMatch(of: /path: "([^"]*)"/).map { String($0.1) }
      let folder = path ?? (names[0] == "EndToEnd" ? "Tests/EndToEnd" : "Tests/\(names[0])Tests")
      let imported = try Self.imports(below: folder).intersection(ours)
      #expect(!imported.isEmpty || path != nil, "\(folder) has no imports")
      #expect(imported.subtracting(names) == [], "\(folder)")
    }
  }

  @Test(arguments: [
    "HTTPAdmin", "TCPIngest", "Ingest", "StoreInterface", "ClientLib", "DaemonConfiguration",
    "DaemonServices",
  ])
  func keepsPostgresOutOf(_ target: String) throws {
    let imported = try imports()[target] ?? []
    #expect(imported.isDisjoint(with: ["CPostgres", "PostgresClient", "EmbeddedPostgres", "Storage"]))
  }
}
