internal import SocketIO
internal import WireProtocol

/// Makes the proofs of one connection, when the producer has a key.
typealias KeyAuthentication = @Sendable (any ByteTransport) -> ClientAuthentication

extension Producer.Configuration {
  /// The key as connections use it; nil without a key. Always nil without the trait `TLS`.
  var keyAuthentication: KeyAuthentication? {
    #if TLS
      guard let key else { return nil }
      return { key.authentication(over: $0) }
    #else
      return nil
    #endif
  }

  /// Whether HELLO says that there is a key. Without this a server that knows the certificate would not ask for
  /// the key, and the producer would refuse the server.
  var announcesKey: Bool {
    #if TLS
      return key != nil && tls?.certificate != nil
    #else
      return false
    #endif
  }
}

extension ProducerError {
  /// The error for a key that would be used over a connection that others can read; nil when it may be used.
  ///
  /// A proof does not show the key, but whoever reads along can take over the connection after the handshake.
  /// - Parameters:
  ///   - peer: the address that the connection leads to; nil when it is not IP.
  ///   - endpoint: the endpoint as the user named it.
  static func unprotectedKey(isEncrypted: Bool, peer: SocketAddress?, endpoint: Endpoint) -> ProducerError? {
    guard !isEncrypted, let peer, !peer.isLoopback else { return nil }
    return ProducerError(
      .invalidConfiguration,
      "the key is not used over the plain connection to \(endpoint): others could take over the connection."
        + " Configure TLS, or connect to a server on this machine")
  }
}
