package import ArgumentParser

/// Options for the files of TLS: the authorities that are trusted, and the certificate of this client.
package struct CertificateOptions: ParsableArguments {
  @Option(
    name: [.customLong("tls-ca"), .customLong("ca-file")],
    help: ArgumentHelp(
      "Authorities that may sign the server's certificate, instead of those of the system.", valueName: "file"
    ), completion: .file())
  package var authorities: String?

  @Option(
    name: .customLong("tls-certificate"),
    help: ArgumentHelp("The certificate of this client.", valueName: "file"), completion: .file())
  package var certificate: String?

  @Option(
    name: .customLong("tls-key"),
    help: ArgumentHelp("The private key of this certificate, not encrypted.", valueName: "file"),
    completion: .file())
  package var key: String?

  package init() {}

  /// Whether one of the options is given.
  package var isGiven: Bool { [authorities, certificate, key].contains { $0 != nil } }

  package func validate() throws {
    guard (certificate == nil) == (key == nil) else {
      throw ValidationError("--tls-certificate and --tls-key belong together: give both.")
    }
  }
}
