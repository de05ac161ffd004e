#if TLS
  internal import Authentication
  internal import SocketIO
  internal import WireProtocol

  extension Producer {
    /// A key with which a producer proves to a server who publishes. The operator of the server makes it with
    /// `sluiced credentials`.
    ///
    /// The secret itself is never sent. Server and producer prove to each other that they know it
    /// (`spec/wire-protocol.md`, section 4.3), so a producer with a key also refuses every server that does not.
    public struct Key: Sendable, CustomStringConvertible {
      private let clientKey: ClientKey

      /// Reads the text that `sluiced credentials` printed: `sluice_ID_SECRET_CHECK`. Space and line ends around
      /// the text are ignored.
      /// - Throws: `invalidConfiguration` when the text is not a key. The error does not show the text.
      public init(_ text: String) throws(ProducerError) {
        let isSpace: (Character) -> Bool = { $0.isWhitespace }
        let trimmed = String(
          text.drop(while: isSpace).reversed().drop(while: isSpace).reversed() as [Character])
        do {
          clientKey = ClientKey(try Secret(parsing: trimmed))
        } catch {
          throw ProducerError(.invalidConfiguration, "\(error)")
        }
      }

      /// The public name of the key.
      public var id: String { clientKey.keyID }

      /// The public name of the key, without its secret.
      public var description: String { "\(clientKey)" }

      /// Returns the key as the handshake over `transport` uses it, with a fresh nonce.
      func authentication(over transport: any ByteTransport) -> ClientAuthentication {
        var generator = SystemRandomNumberGenerator()
        return ClientAuthentication(keyID: id, nonce: .random(using: &generator)) { transcript in
          let message = transcript.message(channelBinding: transport.channelBinding ?? [])
          return Bytes32(clientKey.proof(over: message))
        } isServerProof: { proof, transcript in
          let message = transcript.message(channelBinding: transport.channelBinding ?? [])
          return clientKey.accepts(serverProof: proof.bytes, over: message)
        }
      }
    }
  }
#endif
