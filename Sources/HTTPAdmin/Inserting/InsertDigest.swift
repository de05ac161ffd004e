import EventMapping
import WireProtocol

/// The digests of batches by what the sender wrote.
///
/// The digests do not cover the arrival time of the request, which events without a time get, because a repeated request
/// has another one. That time can move the boundary between two batches, and so change the digests of a request with
/// several batches.
struct InsertDigest: Sendable {
  /// A digest of 128 bits.
  struct Value: Hashable, Sendable {
    let first: UInt64
    let second: UInt64
  }

  private var hash = SipHash128(low: 0, high: 0)

  /// Adds an event.
  /// - Parameter content: The identity of its content.
  mutating func add(_ content: ContentIdentity, id: [UInt8]) {
    hash.add(content.first)
    hash.add(content.second)
    hash.add(UInt64(id.count))
    hash.add(id.span.bytes)
  }

  /// Returns the digest of the events since the last call.
  mutating func finish() -> Value {
    let finished = hash.finish()
    hash = SipHash128(low: 0, high: 0)
    return Value(first: finished.first, second: finished.second)
  }

  /// Returns the digests in the form of the ledger, in which that of the first batch stands for all batches.
  static func covering(_ digests: [Value]) -> [UInt64] {
    guard digests.count > 1 else { return digests.map(\.first) }
    return [of(digests).first] + digests.dropFirst().map(\.first)
  }

  /// Returns the producer of the dead events of a request without an idempotency key. A request that is sent again has
  /// the same producer, so that the ledger knows its dead events (`spec/content-identity.md`, section 6).
  /// - Parameters:
  ///   - digests: The digests of the batches with the dead events.
  ///   - owner: The principal that sends the request; each principal has dead events of its own.
  static func producer(ofDeadEvents digests: [Value], owner: String) -> ProducerID {
    let digest = of(digests)
    var name = Array("\(owner)\n".utf8)
    for word in [digest.first, digest.second] {
      withUnsafeBytes(of: word.littleEndian) { name.append(contentsOf: $0) }
    }
    return ProducerID(name: name, in: deadEvents)
  }

  /// A random constant. It must never change, because a repeated request must find its dead events after an upgrade.
  private static let deadEvents = ProducerID(high: 0x2F7A_91D4_0C5E_4B86, low: 0xA3D8_6617_E25B_904C)

  private static func of(_ digests: [Value]) -> Value {
    var hash = SipHash128(low: 0, high: 0)
    for digest in digests {
      hash.add(digest.first)
      hash.add(digest.second)
    }
    let finished = hash.finish()
    return Value(first: finished.first, second: finished.second)
  }
}
