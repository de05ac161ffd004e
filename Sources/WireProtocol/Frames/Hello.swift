/// What a client says first (`spec/wire-protocol.md`, section 4.1).
public struct Hello: Hashable, Sendable {
  /// The protocol versions that the client speaks.
  public var versions: ClosedRange<UInt16>
  /// What it can do beyond the version.
  public var features: Features
  /// Who it is.
  public var producer: ProducerID
  /// The lowest sequence that it may still send, at least 1.
  public var base: UInt64
  /// A name for people, at most 255 bytes.
  public var clientName: String

  /// The HELLO of a client of this version.
  public init(
    producer: ProducerID, base: UInt64, clientName: String,
    versions: ClosedRange<UInt16> = ProtocolVersion.supported, features: Features = .supported
  ) {
    self.versions = versions
    self.features = features
    self.producer = producer
    self.base = base
    self.clientName = clientName
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
    base = try reader.uint64(body)
    guard BatchSequence.range.contains(base) else {
      throw WireError(.malformedFrame, "HELLO has base \(base), outside \(BatchSequence.range)")
    }
    clientName = try reader.text8(body)
    try reader.skipOptions(body)
  }
}

/// Abilities that both sides must offer before one uses them.
public struct Features: OptionSet, Hashable, Sendable {
  /// The bits.
  public let rawValue: UInt64

  /// Features by their bits; unknown ones are kept.
  public init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// Columns may be sent as an LZ4 block.
  public static let lz4 = Features(rawValue: 1 << 0)
  /// What this implementation can do.
  public static let supported: Features = [.lz4]
}

/// Versions of the protocol.
public enum ProtocolVersion {
  /// What this implementation speaks.
  public static let supported: ClosedRange<UInt16> = 1...1

  /// The version to speak: the lower of the two highest ones; nil when one side does not know it.
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
    }
  }
}
