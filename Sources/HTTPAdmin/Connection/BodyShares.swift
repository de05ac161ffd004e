import NIOCore

/// Bytes of the bodies that are being received, by connection. Pure: time is a parameter.
///
/// Bytes count from their arrival. While the total exceeds the limit, a connection that receives more bytes
/// waits and is not read. A body that makes no progress meanwhile is ended, so that a client cannot block
/// others by sending nothing.
struct BodyShares {
  /// Number of a connection.
  typealias Holder = UInt64

  /// Decision about a connection.
  enum Decision: Equatable {
    /// There is room: read the connection again.
    case goOn
    /// End the request: no byte of its body arrived while others waited.
    case stalls
    /// End the request: there is no room, and no other body will release any in time.
    case noRoom
  }

  private struct Share {
    var bytes = 0
    var progress: NIODeadline
    /// Time since which the connection waits for room; nil while it is read.
    var waiting: NIODeadline?
    /// Whether the whole body arrived, so that the server will release it.
    var isComplete = false
    /// Whether the connection was told to end its request.
    var isEnding = false
  }

  /// Time without progress after which a body is ended when another one waits.
  static let stall = TimeAmount.seconds(1)
  /// Maximum time that a body waits for room.
  static let timeout = TimeAmount.seconds(5)

  private let limit: Int
  private var shares: [Holder: Share] = [:]
  /// Bytes of all bodies.
  private(set) var bytes = 0

  /// - Parameter limit: Maximum bytes of all bodies; above it no connection is read.
  init(limit: Int) {
    precondition(limit >= 1, "no body could ever be received")
    self.limit = limit
  }

  /// Adds bytes of a body that arrived.
  /// - Returns: false when the connection must not be read until it is told to go on.
  mutating func add(_ count: Int, to holder: Holder, at now: NIODeadline) -> Bool {
    var share = shares[holder] ?? Share(progress: now)
    share.bytes += count
    share.progress = now
    share.isComplete = false
    bytes += count
    let goesOn = bytes <= limit || share.isEnding
    if !goesOn { share.waiting = share.waiting ?? now }
    shares[holder] = share
    return goesOn
  }

  /// Marks a body as complete.
  /// - Returns: whether its connection waited; it waits no longer.
  mutating func complete(_ holder: Holder) -> Bool {
    guard shares[holder] != nil else { return false }
    shares[holder]?.isComplete = true
    defer { shares[holder]?.waiting = nil }
    return shares[holder]?.waiting != nil
  }

  /// Releases bytes of a connection.
  /// - Returns: the connections to read again.
  mutating func release(_ count: Int, of holder: Holder, at now: NIODeadline) -> [Holder] {
    guard var share = shares[holder] else { return [] }
    precondition(count <= share.bytes, "more released than received")
    share.bytes -= count
    bytes -= count
    shares[holder] = share.bytes == 0 && share.waiting == nil ? nil : share
    return admit(at: now)
  }

  /// Removes a closed connection.
  /// - Returns: the connections to read again.
  mutating func leave(_ holder: Holder, at now: NIODeadline) -> [Holder] {
    guard let share = shares.removeValue(forKey: holder) else { return [] }
    bytes -= share.bytes
    return admit(at: now)
  }

  /// Decides which waiting or stalled bodies end.
  /// - Returns: `told`, the connections and their decisions; `waits`, whether connections still wait.
  mutating func check(at now: NIODeadline) -> (told: [(Holder, Decision)], waits: Bool) {
    var told: [(Holder, Decision)] = []
    let open = shares.filter { !$0.value.isEnding && !$0.value.isComplete }
    let waiting = open.filter { $0.value.waiting != nil }
    guard !waiting.isEmpty else { return ([], false) }
    let slowest = open.filter { $0.value.waiting == nil && $0.value.bytes > 0 }
      .min { $0.value.progress < $1.value.progress }
    let isSomebodyBusy = shares.contains { $0.value.isComplete || $0.value.isEnding }
    if let slowest {
      if now - slowest.value.progress >= Self.stall { told.append((slowest.key, .stalls)) }
    } else if !isSomebodyBusy, let smallest = waiting.min(by: { $0.value.bytes < $1.value.bytes }) {
      // All bodies wait for each other. The smallest one ends, because its client loses least.
      told.append((smallest.key, .noRoom))
    }
    for (holder, share) in waiting where now - (share.waiting ?? now) >= Self.timeout {
      if !told.contains(where: { $0.0 == holder }) { told.append((holder, .noRoom)) }
    }
    for (holder, _) in told {
      shares[holder]?.isEnding = true
      shares[holder]?.waiting = nil
    }
    return (told, waiting.count > told.count)
  }

  /// Returns the connections that wait longest, as many as fit when each reads `BodyMemory.readBytes`; at
  /// least one while the total is within the limit.
  private mutating func admit(at now: NIODeadline) -> [Holder] {
    var room = limit - bytes
    guard room >= 0 else { return [] }
    var admitted: [Holder] = []
    let waiting = shares.compactMap { holder, share in share.waiting.map { (holder, $0) } }
      .sorted { $0.1 < $1.1 }
    for (holder, _) in waiting where room >= 0 {
      admitted.append(holder)
      shares[holder]?.waiting = nil
      shares[holder]?.progress = now
      room -= BodyMemory.readBytes
    }
    return admitted
  }
}
