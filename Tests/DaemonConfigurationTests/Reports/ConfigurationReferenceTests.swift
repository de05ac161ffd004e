import Foundation
import Testing

@testable import DaemonConfiguration

struct ConfigurationReferenceTests {
  /// Mended by `sluiced configuration-reference > spec/configuration.md`.
  @Test func isWhatTheSpecificationHolds() throws {
    let repository = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
    let specification = try String(
      contentsOf: repository.appending(path: "spec/configuration.md"), encoding: .utf8)
    #expect(specification == ConfigurationReference.markdown)
  }

  @Test func hasARowForEachKey() {
    let lines = ConfigurationReference.markdown.split(separator: "\n")
    for setting in SettingTable.all {
      let row = lines.filter { $0.hasPrefix("| `\(setting.name)` |") }
      #expect(row.count == 1, "\(setting.name)")
      #expect(row.first?.split(separator: "|").count == 5, "a stray | in \(setting.name)")
    }
  }
}
