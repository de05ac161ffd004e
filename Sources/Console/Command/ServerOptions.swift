import ArgumentParser
import Authentication
import Foundation

/// Options for the server and the way to it.
struct ServerOptions: ParsableArguments {
  /// The environment variable for the address.
  static let addressVariable = "SLUICE_URL"
  /// The environment variable that holds the key itself, as for `sluice-publish`.
  static let keyVariable = "SLUICE_KEY"
  static let defaultAddress = "http://127.0.0.1:8080"

  @Option(
    help: ArgumentHelp(
      "The server's HTTP address. Without the option it is read from \(ServerOptions.addressVariable), else it is "
        + "\(ServerOptions.defaultAddress).", valueName: "url"))
  var url: String?

  // A secret is never an argument, because other users of the machine see arguments.
  @Option(
    name: .customLong("key-file"),
    help: ArgumentHelp(
      "File with the key for the server, as `sluiced credentials` printed it. Without the option the key is read "
        + "from \(ServerOptions.keyVariable).", valueName: "file"), completion: .file())
  var keyFile: String?

  @Option(
    name: [.customLong("tls-ca"), .customLong("ca-file")],
    help: ArgumentHelp(
      "Authorities that may sign the server's certificate, instead of those of the system.", valueName: "file"
    ),
    completion: .file())
  var authorities: String?

  @Option(
    name: .customLong("tls-certificate"),
    help: ArgumentHelp("The certificate of this client.", valueName: "file"), completion: .file())
  var certificate: String?

  @Option(
    name: .customLong("tls-key"),
    help: ArgumentHelp("The private key of this certificate, not encrypted.", valueName: "file"),
    completion: .file())
  var certificateKey: String?

  @Option(
    help: ArgumentHelp(
      "How long to wait for a connection, for an answer, and for the next part of an answer.",
      valueName: "duration"))
  var timeout = DurationArgument(milliseconds: 30_000)

  func validate() throws {
    guard (certificate == nil) == (certificateKey == nil) else {
      throw ValidationError("--tls-certificate and --tls-key belong together: give both.")
    }
  }

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
    guard let address = ServerAddress(text) else {
      throw CommandFailure(
        .usage, "\(SafeText.line(text)) is no address of a server: write it as \(Self.defaultAddress)")
    }
    let key = try key(environment, tell)
    guard key == nil || address.isEncrypted || address.isOnThisMachine else {
      throw CommandFailure(
        .usage, "the key is not sent over a plain connection to another machine: use https:// in --url")
    }
    var settings = ServerSettings(address: address)
    settings.key = key
    settings.authorities = authorities
    settings.certificate = certificate
    settings.certificateKey = certificateKey
    settings.timeout = timeout.duration
    return settings
  }

  private func key(
    _ environment: [String: String], _ tell: (String) -> Void
  ) throws(CommandFailure) -> String? {
    guard let keyFile else {
      guard let text = environment[Self.keyVariable], !text.isEmpty else { return nil }
      return try Self.checked(text, from: "the variable \(Self.keyVariable)")
    }
    guard let text = try? String(contentsOfFile: keyFile, encoding: .utf8) else {
      throw CommandFailure(
        .usage, "the key file \(keyFile) cannot be read; check its path and its permissions")
    }
    let attributes = try? FileManager.default.attributesOfItem(atPath: keyFile)
    if let mode = (attributes?[.posixPermissions] as? NSNumber)?.intValue, mode & 0o077 != 0 {
      tell("warning: other users may read the key file \(keyFile); use chmod 600")
    }
    return try Self.checked(text, from: keyFile)
  }

  private static func checked(_ text: String, from place: String) throws(CommandFailure) -> String {
    let key = text.trimmingCharacters(in: .whitespacesAndNewlines)
    do {
      return try Secret(parsing: key).revealed
    } catch {
      throw CommandFailure(.usage, "\(place): \(error)")
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
