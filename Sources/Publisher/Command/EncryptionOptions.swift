import ArgumentParser
import ClientLib
import CommandSupport
internal import TLSTransport

/// Options for TLS.
struct EncryptionOptions: ParsableArguments {
  @Flag(name: .customLong("tls"), help: "Encrypt the connections; refuse a server without TLS.")
  var isOn = false

  @OptionGroup
  var files: CertificateOptions

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
    tls.authorities = files.authorities
    tls.certificate = files.certificate
    tls.key = files.key
    tls.serverName = serverName
    tls.pins = pins
    tls.allowsVersion12 = allowsVersion12
    return tls
  }

  /// The same for the HTTP port.
  var pageTLS: TLSClientSettings {
    var settings = TLSClientSettings()
    settings.authorities = files.authorities
    settings.certificate = files.certificate
    settings.key = files.key
    settings.serverName = serverName
    settings.pins = pins.compactMap { TLSPin($0) }
    settings.minimum = allowsVersion12 ? .tls12 : .tls13
    return settings
  }

  func validate() throws {
    guard isOn || (!files.isGiven && serverName == nil && pins.isEmpty && !allowsVersion12) else {
      throw ValidationError("The options --tls-... have no effect without --tls: add it.")
    }
  }
}
