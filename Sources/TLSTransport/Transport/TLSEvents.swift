public import SocketIO

/// The observer of a server for failed encrypted connections, and its answer to peers without TLS.
public struct TLSEvents: Sendable {
  /// Called on the loop when TLS ends a connection, with the reason and the address of the peer.
  public var failed: @Sendable (TLSFailure, SocketAddress?) -> Void = { _, _ in }
  /// Bytes for a peer that does not speak TLS, in place of an alert that it could not read.
  public var answerToPlain: [UInt8] = []

  /// No calls, no bytes.
  public init() {}
}
