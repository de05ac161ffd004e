internal import WireProtocol

/// What became of the events of a committed batch: `received = unique + duplicate + dead`.
public struct Counts: Hashable, Sendable {
  /// Events in the batch.
  public let received: Int
  /// Events whose key this batch stored first; nil when the server does not know any more, because the batch
  /// was committed, but the connection ended before it could say so.
  public let unique: Int?
  /// Events whose key was stored already; nil as `unique` is.
  public let duplicate: Int?
  /// Events that can never be stored, which the server keeps aside with their reasons; nil as `unique` is.
  public let dead: Int?
  /// Whether an earlier transaction had committed the batch, when it was sent before.
  public let isReplay: Bool

  init(_ counts: BatchCounts?, received: Int, isReplay: Bool) {
    self.received = received
    unique = counts.map { Int($0.unique) }
    duplicate = counts.map { Int($0.duplicate) }
    dead = counts.map { Int($0.dead) }
    self.isReplay = isReplay
  }
}

extension Counts: CustomStringConvertible {
  /// As in `3 events: 2 unique, 1 duplicate, 0 dead`.
  public var description: String {
    guard let unique, let duplicate, let dead else { return "\(received) events, counts unknown" }
    return "\(received) events: \(unique) unique, \(duplicate) duplicate, \(dead) dead"
  }
}
