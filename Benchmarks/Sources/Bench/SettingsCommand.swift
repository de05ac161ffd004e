import ArgumentParser
import EmbeddedPostgres

/// Prints the Postgres settings for all measured programs: those of the product's embedded Postgres.
struct SettingsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "settings")

  func run() {
    print(ServerSetting.embeddedFile, terminator: "")
  }
}
