#if TLS
  internal import Base
  internal import SocketIO
  internal import TLSTransport

  extension Producer {
    /// The choices of a producer about TLS. Files are in the PEM format, and are read by
    /// ``Producer/connect(to:configuration:logger:)``.
    ///
    /// The server's certificate must have the name of the host that the producer connects to, and an authority
    /// must have signed it. Only a pin replaces these checks.
    public struct TLS: Hashable, Sendable {
      /// File with the authorities that may sign the server's certificate; nil takes those of the system.
      public var authorities: String?
      /// File with the producer's certificate and the authorities above it; nil sends none.
      public var certificate: String?
      /// File with the private key of `certificate`, not encrypted.
      public var key: String?
      /// DNS name or IP address that the server's certificate must have; nil takes the host of the endpoint.
      public var serverName: String?
      /// SHA-256 digests of public keys (SubjectPublicKeyInfo) that the server may have, as 64 hexadecimal
      /// digits. If there is one, the pins decide alone, and authorities, name and dates are not looked at.
      public var pins: [String] = []
      /// Whether TLS 1.2 is used with a server that does not speak 1.3. False by default.
      public var allowsVersion12 = false

      /// A server whose certificate an authority of the system signed.
      public init() {}
    }
  }

  extension Producer.TLS {
    /// Reads the files.
    /// - Throws: `invalidConfiguration` when a file or a pin cannot be used.
    func makeTransport() async throws(ProducerError) -> ConnectionManager.TransportMaker {
      let settings = try clientSettings()
      let context = await WorkerThread.run(named: "sluice-tls") {
        Result { () throws(TLSContextError) in try TLSContext(settings) }
      }
      switch context {
      case .failure(let error): throw ProducerError(.invalidConfiguration, "\(error)")
      case .success(let context):
        let handshakes = HandshakePool(width: 1)
        return { socket, host in
          TLSTransport(over: socket, TLSEngine(context, serverName: host), handshakes: handshakes)
        }
      }
    }

    private func clientSettings() throws(ProducerError) -> TLSClientSettings {
      var settings = TLSClientSettings()
      settings.authorities = authorities
      settings.certificate = certificate
      settings.key = key
      settings.serverName = serverName
      settings.minimum = allowsVersion12 ? .tls12 : .tls13
      for text in pins {
        guard let pin = TLSPin(text) else {
          throw ProducerError(
            .invalidConfiguration, "a pin is not a SHA-256 digest: write 64 hexadecimal digits")
        }
        settings.pins.append(pin)
      }
      return settings
    }
  }
#endif
