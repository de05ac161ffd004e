import ArgumentParser
import ClientLib
internal import TLSTransport

/// Options for TLS.
struct EncryptionOptions: ParsableArguments {
  @Flag(name: .customLong("tls"), help: "Encrypt the connections; refuse a server without TLS.")
  var isOn = false

  @Option(
    name: .customLong("tls-ca"),
    help: ArgumentHelp(
      "Authorities that may sign the server's certificate, instead of those of the system.", valueName: "file"
    ), completion: .file())
  var authorities: String?

  @Option(
    name: .customLong("tls-certificate"),
    help: ArgumentHelp("The certificate of this client.", valueName: "file"), completion: .file())
  var certificate: String?

  @Option(
    name: .customLong("tls-key"),
    help: ArgumentHelp("The private key of this certificate, not encrypted.", valueName: "file"),
    completion: .file())
  var key: String?

  @Option(
    name: .customLong("tls-server-name"),
    help: ArgumentHelp("The name in the server's certificate, if it is not the host.", valueName: "name"))
  var serverName: String?

  @Option(
    name: .customLong("tls-pin"),
    help: ArgumentHelp(
      "The SHA-256 digest of the server's public key, instead of authorities and name; repeat it for several.",
      valueName: "digest"))
  var pins: [String] = []

  @Flag(name: .customLong("tls-allow-1-2"), help: "Permit TLS 1.2 with a server that does not speak 1.3.")
  var allowsVersion12 = false

  /// The configuration of producers; nil without TLS.
  var tls: Producer.TLS? {
    guard isOn else { return nil }
    var tls = Producer.TLS()
    tls.authorities = authorities
    tls.certificate = certificate
    tls.key = key
    tls.serverName = serverName
    tls.pins = pins
    tls.allowsVersion12 = allowsVersion12
    return tls
  }

  /// The same for the HTTP port.
  var pageTLS: TLSClientSettings {
    var settings = TLSClientSettings()
    settings.authorities = authorities
    settings.certificate = certificate
    settings.key = key
    settings.serverName = serverName
    settings.pins = pins.compactMap { TLSPin($0) }
    settings.minimum = allowsVersion12 ? .tls12 : .tls13
    return settings
  }

  func validate() throws {
    let others = [authorities, certificate, key, serverName].contains { $0 != nil }
    guard isOn || (!others && pins.isEmpty && !allowsVersion12) else {
      throw ValidationError("The options --tls-... have no effect without --tls: add it.")
    }
    guard (certificate == nil) == (key == nil) else {
      throw ValidationError("--tls-certificate and --tls-key belong together: give both.")
    }
  }
}
