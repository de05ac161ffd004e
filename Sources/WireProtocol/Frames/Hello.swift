/// HELLO: the first frame of a client (`spec/wire-protocol.md`, section 4.1).
public struct Hello: Hashable, Sendable {
  /// Protocol versions that the client speaks.
  public var versions: ClosedRange<UInt16>
  /// Features that the client offers.
  public var features: Features
  /// Identity of the producer.
  public var producer: ProducerID
  /// Lowest sequence that the producer may still send, 1 to 2^63 - 1.
  public var base: UInt64
  /// Name for people; at most 255 bytes are sent.
  public var clientName: String
  /// Whether the client has a key to prove, although it also presents a certificate (section 4.4).
  public var hasKey: Bool

  /// Option that says that the client has a key. Servers that do not know the option skip it.
  static let keyOption: UInt16 = 0x8001

  /// The HELLO of a client of this version.
  public init(
    producer: ProducerID, base: UInt64, clientName: String,
    versions: ClosedRange<UInt16> = ProtocolVersion.supported, features: Features = .supported,
    hasKey: Bool = false
  ) {
    self.versions = versions
    self.features = features
    self.producer = producer
    self.base = base
    self.clientName = clientName
    self.hasKey = hasKey
  }

  /// Reads a HELLO's body.
  /// - Throws: `malformedFrame` or `unknownCritical`.
  init(decoding body: RawSpan) throws(WireError) {
    var reader = ByteReader(body)
    let lowest = try reader.uint16(body)
    let highest = try reader.uint16(body)
    guard lowest <= highest else {
      throw WireError(.malformedFrame, "HELLO offers versions \(lowest) to \(highest)")
    }
    versions = lowest...highest
    features = Features(rawValue: try reader.uint64(body))
    producer = try reader.producer(body)
    guard producer != .nilUUID else {
      throw WireError(
        .malformedFrame, "the producer in HELLO is the nil UUID, which names no producer; draw a random UUID")
    }
    base = try reader.uint64(body)
    guard BatchSequence.range.contains(base) else {
      throw WireError(.malformedFrame, "HELLO has base \(base), outside \(BatchSequence.range)")
    }
    clientName = try reader.text8(body)
    hasKey = false
    while let length = try reader.skipOptions(to: Self.keyOption, body) {
      hasKey = true
      try reader.skip(length)
    }
  }
}

/// Features of the protocol. A side uses a feature only when both sides offer it.
public struct Features: OptionSet, Hashable, Sendable {
  /// The bits.
  public let rawValue: UInt64

  /// Features by their bits; unknown bits are kept.
  public init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// Columns may be sent as an LZ4 block.
  public static let lz4 = Features(rawValue: 1 << 0)
  /// Features of this implementation.
  public static let supported: Features = [.lz4]
}

/// Versions of the protocol.
public enum ProtocolVersion {
  /// Versions of this implementation.
  public static let supported: ClosedRange<UInt16> = 1...1

  /// Returns the version to speak, which is the lower of the two highest; nil when one side does not know it.
  public static func agreed(_ one: ClosedRange<UInt16>, _ other: ClosedRange<UInt16>) -> UInt16? {
    let version = min(one.upperBound, other.upperBound)
    return version >= max(one.lowerBound, other.lowerBound) ? version : nil
  }
}

extension FrameWriter {
  /// Writes a HELLO.
  public mutating func hello(_ hello: Hello) {
    frame(.hello) { body in
      body.integer(hello.versions.lowerBound)
      body.integer(hello.versions.upperBound)
      body.integer(hello.features.rawValue)
      body.producer(hello.producer)
      body.integer(hello.base)
      body.text8(hello.clientName)
      if hello.hasKey {
        body.integer(Hello.keyOption)
        body.integer(UInt16(0))
      }
    }
  }
}
