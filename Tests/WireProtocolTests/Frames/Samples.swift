@testable import WireProtocol

/// Values that the tests of frames and connections share.
enum Samples {
  static let producer = ProducerID(high: 0x0011_2233_4455_4677, low: 0x8899_AABB_CCDD_EEFF)
  static let lineage = Lineage(system: 7_300_000_000_000_000_001, timeline: 3, store: producer)
  static let durability = Durability(synchronousCommit: .on, fsync: true)
  static let challenge = Challenge(nonce: Bytes32([UInt8](repeating: 7, count: 32)), keyHint: "hint")
  static let hello = Hello(producer: producer, base: 1, clientName: "tests")

  static func welcome(settled: [UInt64] = []) -> Welcome {
    Welcome(
      version: 1, features: .lz4, server: producer, session: 4, floor: 0, highest: settled.max() ?? 0,
      lineage: lineage,
      durability: durability, limits: .standard, credit: .standard,
      settled: SettledBitmap(base: 1, span: 4_096, settled: settled))
  }

  /// Columns of `count` small events.
  static func columns(_ count: Int = 1, payload: String = #"{"n":1}"#) -> [UInt8] {
    var builder = EventColumnsBuilder(limits: .standard)
    for number in 0..<count {
      let isAdded = try? builder.append(
        topic: "a.b.c", source: "tests", id: "id-\(number)", timestamp: 1_700_000_000_000_000,
        payload: Array(payload.utf8))
      precondition(isAdded == true, "the sample is beyond a limit")
    }
    return builder.finish()
  }

  /// The bytes that `write` puts into an empty writer.
  static func frames(_ write: (inout FrameWriter) -> Void) -> [UInt8] {
    var writer = FrameWriter()
    write(&writer)
    return writer.take()
  }

  /// An uncompressed PUBLISH.
  static func publish(_ sequence: UInt64, base: UInt64 = 1, columns: [UInt8] = Samples.columns()) -> [UInt8] {
    frames {
      $0.publish(
        PublishHeader(
          sequence: sequence, base: base, timeToLive: 0, codec: .none, rawLength: columns.count),
        columns: columns)
    }
  }

  /// A frame with these fields and a right checksum, whatever the fields say.
  static func frame(
    type: UInt8, flags: UInt8 = 0, codec: UInt8 = 0, version: UInt8 = 1, sequence: UInt64 = 0,
    rawLength: UInt32? = nil, bodyLength: UInt32? = nil, body: [UInt8]
  ) -> [UInt8] {
    var bytes = little(bodyLength ?? UInt32(body.count)) + [type, flags, codec, version] + little(sequence)
    bytes += little(rawLength ?? UInt32(body.count)) + [0, 0, 0, 0] + body
    var crc = CRC32C()
    crc.update(bytes.span.bytes)
    bytes.replaceSubrange(20..<24, with: little(crc.value))
    return bytes
  }

  static func little(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}
