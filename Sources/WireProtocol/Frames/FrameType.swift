/// The types of frames (`spec/wire-protocol.md`, section 3).
public enum FrameType: UInt8, Hashable, Sendable, CaseIterable {
  /// The client introduces itself.
  case hello = 1
  /// The server asks for proof of a key.
  case challenge = 2
  /// The client proves that it knows a key.
  case auth = 3
  /// The server answers with limits, credit and the settled batches.
  case welcome = 4
  /// A batch.
  case publish = 5
  /// Batches were accepted or committed.
  case ack = 6
  /// More credit.
  case window = 7
  /// A refusal.
  case error = 8
  /// The sender is alive.
  case heartbeat = 9
  /// The sender is about to leave.
  case goAway = 10

  /// First type that a receiver skips when it does not know the type.
  static let firstIgnorable: UInt8 = 128

  /// Whether the header may name a batch. The field is zero for every other type.
  var mayHaveSequence: Bool {
    switch self {
    case .publish, .ack, .error, .goAway: true
    case .hello, .challenge, .auth, .welcome, .window, .heartbeat: false
    }
  }
}

/// Encoding of the part of a body that compression covers.
public enum Codec: UInt8, Hashable, Sendable {
  /// Not compressed.
  case none = 0
  /// One LZ4 block (https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md).
  case lz4 = 1
}
