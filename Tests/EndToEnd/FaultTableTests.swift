import Foundation
import Testing

/// Tests that the tables of faults and of threats name existing tests.
struct FaultTableTests {
  private static let repository = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private struct Name: Hashable {
    let suite: String
    let function: String
  }

  @Test(arguments: [("docs/faults.md", 25), ("docs/threat-model.md", 15)])
  func everyRowNamesTestsThatExist(page: String, least: Int) throws {
    let text = try String(contentsOf: Self.repository.appending(path: page), encoding: .utf8)
    let rows = text.split(separator: "\n").filter { $0.wholeMatch(of: /\| \d+ \|.*/) != nil }
    #expect(rows.count >= least)
    let numbers = rows.compactMap { $0.split(separator: "|").first?.trimmingCharacters(in: .whitespaces) }
    #expect(Set(numbers).count == rows.count, "two rows have the same number")
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

  /// Returns the texts of the files that declare each suite. Several targets may have suites with the same
  /// name.
  private static func sources() throws -> [String: [String]] {
    let tests = repository.appending(path: "Tests")
    let files = FileManager.default.enumerator(at: tests, includingPropertiesForKeys: nil)
    var sources: [String: [String]] = [:]
    while let file = files?.nextObject() as? URL {
      guard file.pathExtension == "swift" else { continue }
      let text = try String(contentsOf: file, encoding: .utf8)
      for suite in text.matches(of: /(?:struct|class|extension) (\w+Tests)\b/) {
        sources[String(suite.output.1), default: []].append(text)
      }
    }
    return sources
  }
}
