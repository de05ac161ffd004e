internal import Base
import WireProtocol

/// The columns of an unsettled batch, encoded for sending.
///
/// Only the compressed bytes are kept. For a server without LZ4 they are decompressed to the same columns.
struct EncodedBatch: Hashable, Sendable {
  /// Columns in `codec`.
  let bytes: [UInt8]
  let codec: Codec
  /// Bytes of the columns before compression.
  let rawLength: Int
  /// Events in the batch.
  let events: Int

  /// A batch that an earlier process encoded.
  init(bytes: [UInt8], codec: Codec, rawLength: Int, events: Int) {
    self.bytes = bytes
    self.codec = codec
    self.rawLength = rawLength
    self.events = events
  }

  /// Encodes `columns`. They are compressed if `compressing` is true and they become shorter.
  init(columns: [UInt8], events: Int, compressing: Bool) {
    rawLength = columns.count
    self.events = events
    if compressing, let block = LZ4Block.compress(columns.span.bytes) {
      bytes = block
      codec = .lz4
    } else {
      bytes = columns
      codec = .none
    }
  }

  /// Columns and codec for a server with `features`.
  func encoded(for features: Features) -> (bytes: [UInt8], codec: Codec) {
    guard codec == .lz4, !features.contains(.lz4) else { return (bytes, codec) }
    do {
      return (try LZ4Block.decompress(bytes.span.bytes, rawLength: rawLength), .none)
    } catch {
      preconditionFailure("a block that this process compressed is damaged: \(error)")
    }
  }

  /// Bytes of the columns as sent to a server with `features`.
  func encodedLength(for features: Features) -> Int {
    features.contains(.lz4) ? bytes.count : rawLength
  }
}

/// Deadline of a batch: on the monotonic clock for this process, and in wall-clock milliseconds for the
/// spool, which a later process reads.
struct Expiry: Hashable, Sendable {
  let instant: ContinuousClock.Instant
  /// Wall-clock milliseconds since 1970; at least 1.
  let milliseconds: UInt64

  /// The deadline `timeToLive` after `now`.
  init(_ timeToLive: Duration, now: ContinuousClock.Instant, wallClock: Timestamp) {
    instant = now + timeToLive
    let moment = Int64(
      clamping: Int128(wallClock.microseconds) / 1_000 + Int128(timeToLive.wholeMilliseconds))
    milliseconds = UInt64(clamping: max(1, moment))
  }

  /// A deadline that an earlier process wrote. A deadline in the past is over at once.
  init(milliseconds: UInt64, now: ContinuousClock.Instant, wallClock: Timestamp) {
    let left = Int64(clamping: Int128(milliseconds) - Int128(wallClock.microseconds) / 1_000)
    instant = now + .milliseconds(max(0, left))
    self.milliseconds = milliseconds
  }

  /// Milliseconds until the deadline for PUBLISH, at least 1; nil when it is over.
  func left(_ now: ContinuousClock.Instant) -> UInt32? {
    guard now < instant else { return nil }
    return UInt32(clamping: max(1, (instant - now).wholeMilliseconds))
  }
}
