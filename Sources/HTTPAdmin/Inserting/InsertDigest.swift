import EventMapping

/// The digests of the batches of a request with an idempotency key.
///
/// They cover what the sender wrote, and not the time of the request that events without a time get, because a repeated
/// request has another one.
struct InsertDigest: Sendable {
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
  mutating func finish() -> UInt64 {
    let finished = hash.finish().first
    hash = SipHash128(low: 0, high: 0)
    return finished
  }

  /// Returns the digests, in which that of the first batch stands for all batches.
  static func covering(_ digests: [UInt64]) -> [UInt64] {
    guard digests.count > 1 else { return digests }
    var hash = SipHash128(low: 0, high: 0)
    for digest in digests { hash.add(digest) }
    return [hash.finish().first] + digests.dropFirst()
  }
}
