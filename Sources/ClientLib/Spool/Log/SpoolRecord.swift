import WireProtocol

/// One entry of a spool's log (`spec/spool.md`).
enum SpoolRecord: Hashable, Sendable {
  /// Who the producer is from here on, and where it stands.
  case state(SpoolState)
  /// A batch that is to be sent.
  case batch(SpooledBatch)
  /// Batches of one epoch that the producer is done with.
  case settled(epoch: UInt32, [UInt64])
}

/// A batch's number in a spool. Sequences begin again with each identity; the epoch says with which one.
struct SpoolNumber: Hashable, Comparable, Sendable {
  var epoch: UInt32
  var sequence: UInt64

  static func < (one: SpoolNumber, other: SpoolNumber) -> Bool {
    (one.epoch, one.sequence) < (other.epoch, other.sequence)
  }
}

/// A producer's identity with its place: what must never be known apart.
struct SpoolState: Hashable, Sendable {
  var producer: ProducerID
  /// Rises by one with each new identity.
  var epoch: UInt32
  /// The sequence that the next batch gets.
  var next: UInt64
  /// The lowest sequence that may still be sent.
  var base: UInt64
  /// The database under which a commit was told last; nil when none was.
  var lineage: Lineage?
  /// At the beginning of an epoch: which batches got the sequences 1, 2, 3 and so on.
  var renumbered: [SpoolNumber] = []
}

/// A batch as it is kept: its columns as they are sent.
struct SpooledBatch: Hashable, Sendable {
  var number: SpoolNumber
  var events: Int
  var codec: Codec
  /// Bytes of the columns before compression.
  var rawLength: Int
  /// When its time to live is over, in milliseconds since 1970; 0 for never.
  var expiry: UInt64
  /// The columns, as `codec` says.
  var bytes: [UInt8]
}
