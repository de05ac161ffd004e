import Testing

@testable import DaemonConfiguration

struct HelpTextTests {
  @Test func listsEachKeyAndItsDefault() {
    for setting in SettingTable.all {
      #expect(HelpText.text.contains("  \(setting.flag)\n"), "\(setting.name)")
    }
    #expect(HelpText.text.contains("default 7171"))
  }

  @Test func listsEachCommandAndExitStatus() {
    let commands = DaemonCommand.allCases.filter { $0 != .help && $0 != .version }
    for command in commands { #expect(HelpText.text.contains("  \(command.rawValue)\n")) }
    for status in ExitStatus.allCases {
      #expect(HelpText.text.contains("  \(status.rawValue)\n      \(status.meaning)"))
    }
  }
}
