import ArgumentParser
import Storage

/// Prints the Postgres settings that everybody gets here: those of the product's embedded Postgres.
struct SettingsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "settings")

  func run() {
    print(ServerSetting.embeddedFile, terminator: "")
  }
}
