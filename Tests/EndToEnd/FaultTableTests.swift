import Foundation
import Testing

/// The table of faults names tests that exist.
struct FaultTableTests {
  private static let repository = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private struct Name: Hashable {
    let suite: String
    let function: String
  }

  @Test func everyRowNamesTestsThatExist() throws {
    let text = try String(contentsOf: Self.repository.appending(path: "docs/faults.md"), encoding: .utf8)
    let rows = text.split(separator: "\n").filter { $0.wholeMatch(of: /\| \d+ \|.*/) != nil }
    #expect(rows.count >= 25)
    let sources = try Self.sources()
    for row in rows {
      let names = row.matches(of: /`(\w+Tests)\.(\w+)`/).map {
        Name(suite: String($0.output.1), function: String($0.output.2))
      }
      #expect(!names.isEmpty, "no test: \(row)")
      for name in names {
        let isThere = sources[name.suite, default: []].contains { $0.contains("func \(name.function)(") }
        #expect(isThere, "\(name.suite).\(name.function) is not there")
      }
    }
  }

  /// The texts of the files of each name; several suites may share one.
  private static func sources() throws -> [String: [String]] {
    let tests = repository.appending(path: "Tests")
    let files = FileManager.default.enumerator(at: tests, includingPropertiesForKeys: nil)
    var sources: [String: [String]] = [:]
    while let file = files?.nextObject() as? URL {
      guard file.pathExtension == "swift" else { continue }
      let name = file.deletingPathExtension().lastPathComponent
      sources[name, default: []].append(try String(contentsOf: file, encoding: .utf8))
    }
    return sources
  }
}
