/// The types of frames (`spec/wire-protocol.md`, section 3).
public enum FrameType: UInt8, Hashable, Sendable, CaseIterable {
  /// The client introduces itself.
  case hello = 1
  /// The server asks for proof.
  case challenge = 2
  /// The client proves who it is.
  case auth = 3
  /// The server answers with limits, credit and what is settled.
  case welcome = 4
  /// A batch.
  case publish = 5
  /// Batches were accepted or committed.
  case ack = 6
  /// More credit.
  case window = 7
  /// A refusal.
  case error = 8
  /// A sign of life.
  case heartbeat = 9
  /// The sender is about to leave.
  case goAway = 10

  /// Types from here on may be skipped by a receiver that does not know them.
  static let firstIgnorable: UInt8 = 128
}

/// How the part of a body that compression covers was transmitted.
public enum Codec: UInt8, Hashable, Sendable {
  /// As it is.
  case none = 0
  /// One LZ4 block (https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md).
  case lz4 = 1
}
