import Testing

@testable import DaemonConfiguration

struct ManualPageTests {
  private let lines = ManualPage.text.split(separator: "\n", omittingEmptySubsequences: false)

  @Test func hasEachKeyCommandAndExitStatus() {
    let names =
      SettingTable.all.map(\.flag) + CommandList.all.map(\.0) + ExitStatus.allCases.map { "\($0.rawValue)" }
    for name in names {
      let line =
        ".B " + name.split(separator: "-", omittingEmptySubsequences: false).joined(separator: #"\-"#)
      #expect(lines.contains { $0 == line }, "\(name)")
    }
  }

  @Test func textIsNeverTakenForAMacro() {
    let macros = [".\\\"", ".TH", ".SH", ".B", ".BR", ".RI", ".TP"]
    for line in lines where line.hasPrefix(".") || line.hasPrefix("'") {
      #expect(macros.contains { line == $0 || line.hasPrefix("\($0) ") }, "\(line)")
    }
  }
}
