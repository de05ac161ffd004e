import WireProtocol

/// One batch as it is kept until it is settled: its columns, as they are sent.
///
/// Only the compressed bytes are kept. For a server without LZ4 they are decompressed again, to the same
/// columns.
struct Parcel: Hashable, Sendable {
  /// The columns, as `codec` says.
  let bytes: [UInt8]
  let codec: Codec
  /// Bytes of the columns before compression.
  let rawLength: Int
  /// Events in it.
  let events: Int

  /// What was packed by an earlier process.
  init(bytes: [UInt8], codec: Codec, rawLength: Int, events: Int) {
    self.bytes = bytes
    self.codec = codec
    self.rawLength = rawLength
    self.events = events
  }

  /// Packs `columns`, compressed when that is wanted and makes them shorter.
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

  /// The columns for a server that knows `features`.
  func encoded(for features: Features) -> (bytes: [UInt8], codec: Codec) {
    guard codec == .lz4, !features.contains(.lz4) else { return (bytes, codec) }
    do {
      return (try LZ4Block.decompress(bytes.span.bytes, rawLength: rawLength), .none)
    } catch {
      preconditionFailure("a block that this process compressed is damaged: \(error)")
    }
  }

  /// Bytes of the columns as sent to a server that knows `features`.
  func encodedLength(for features: Features) -> Int {
    features.contains(.lz4) ? bytes.count : rawLength
  }
}
