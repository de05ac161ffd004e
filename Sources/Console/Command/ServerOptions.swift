import ArgumentParser
import CommandSupport
import Foundation

/// Options for the server and the way to it.
struct ServerOptions: ParsableArguments {
  /// The environment variable for the address.
  static let addressVariable = "SLUICE_URL"
  static let defaultAddress = "http://127.0.0.1:8080"

  @Option(
    help: ArgumentHelp(
      "The server's HTTP address. Without the option it is read from \(ServerOptions.addressVariable), else it is "
        + "\(ServerOptions.defaultAddress).", valueName: "url"))
  var url: String?

  @OptionGroup var keyOption: KeyOption
  @OptionGroup var certificates: CertificateOptions

  @Option(
    help: ArgumentHelp(
      "How long to wait for a connection, for an answer, and for the next part of an answer.",
      valueName: "duration"))
  var timeout = DurationArgument(milliseconds: 30_000)

  /// The server, with the key and the choices about TLS.
  /// - Parameters:
  ///   - environment: The variables of the process.
  ///   - tell: Gets a warning when other users may read the key file.
  /// - Throws: A failure with the status `usage`. It never shows the key.
  func settings(
    environment: [String: String] = ProcessInfo.processInfo.environment, tell: (String) -> Void
  ) throws(CommandFailure) -> ServerSettings {
    let named = environment[Self.addressVariable].flatMap { $0.isEmpty ? nil : $0 }
    let text = url ?? named ?? Self.defaultAddress
    let address = try Self.address(text)
    let key = try keyText(environment, tell)
    guard key == nil || address.isEncrypted || address.isOnThisMachine else {
      throw CommandFailure(
        .usage, "the key is not sent over a plain connection to another machine: use https:// in --url")
    }
    var settings = ServerSettings(address: address)
    settings.key = key
    settings.authorities = certificates.authorities
    settings.certificate = certificates.certificate
    settings.certificateKey = certificates.key
    settings.timeout = timeout.duration
    return settings
  }

  private static func address(_ text: String) throws(CommandFailure) -> ServerAddress {
    guard let address = ServerAddress(text) else {
      // Before an @ there may be a password.
      let shown = text.contains("@") ? "the text with an @" : SafeText.line(text)
      throw CommandFailure(
        .usage,
        "\(shown) is no address of a server: write it as \(Self.defaultAddress); a key is given by --key-file"
      )
    }
    return address
  }

  private func keyText(
    _ environment: [String: String], _ tell: (String) -> Void
  ) throws(CommandFailure) -> String? {
    do throws(KeyFailure) {
      return try keyOption.text(environment: environment, warn: tell)
    } catch {
      throw CommandFailure(.usage, error.description)
    }
  }
}

extension ServerOptions {
  /// Calls `body` with a client for the server, and closes its connections afterwards.
  /// - Parameter quiet: The longest pause within an answer that the server fills with signs of life; zero for
  ///   an answer without such pauses.
  func withServer<Result: Sendable>(
    _ output: CommandOutput = .standard, quiet: Duration = .zero,
    _ body: (ServerClient) async throws -> Result
  ) async throws -> Result {
    try await ServerClient.run(try settings(tell: output.tell), quiet: quiet, body)
  }
}
