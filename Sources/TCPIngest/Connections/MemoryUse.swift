import Ingest
import WireProtocol

/// The bytes that one connection holds because of its peer, as `ConnectionMemory` counts them.
struct MemoryUse {
  /// Bytes that each connection may hold without being counted: those of a handshake and of a few answers.
  /// `MemorySum` counts them for each connection.
  static let ownBytes = 8 << 10

  private let memory: ConnectionMemory
  private var countedBytes = 0
  private var pass: ConnectionPass?
  /// The time since which more than `ownBytes` of answers are unread.
  private var unreadSince: ContinuousClock.Instant?

  init(of memory: ConnectionMemory) {
    self.memory = memory
  }

  /// Whether the connection may take memory that it does not have yet.
  func mayGrow(hasDelivered: Bool) -> Bool { pass != nil || !memory.isFull(hasDelivered: hasDelivered) }

  /// Counts the bytes that the connection holds now.
  mutating func count(received: Int, unsent: Int) {
    let counted = max(0, received + unsent - Self.ownBytes)
    guard counted != countedBytes else { return }
    let change = counted - countedBytes
    countedBytes = counted
    memory.change(by: change)
  }

  mutating func take(_ pass: ConnectionPass) {
    precondition(self.pass == nil, "a connection got the pass twice")
    self.pass = pass
  }

  /// Returns the pass, which is for one frame.
  mutating func returnPass() { pass = nil }

  /// Checks the bytes of answers that the peer has not read.
  /// - Returns: the error that ends the connection; nil while `unread` bytes are allowed.
  mutating func check(
    unread: Int, bound: Int, hasDelivered: Bool, at now: ContinuousClock.Instant
  ) -> WireError? {
    unreadSince = unread > Self.ownBytes ? unreadSince ?? now : nil
    guard unread > Self.ownBytes else { return nil }
    guard unread > bound || memory.isFull(hasDelivered: hasDelivered) else { return nil }
    return .unread(unread, bound: bound)
  }

  /// Notes that the system has taken all answers.
  mutating func allSent() { unreadSince = nil }

  /// Whether the connection holds memory that others may wait for, and makes no use of it.
  func isIdle(_ pace: FramePace, at now: ContinuousClock.Instant) -> Bool {
    guard countedBytes > 0 || pass != nil else { return false }
    if let unreadSince, now - unreadSince >= FramePace.period { return true }
    return pace.isSlow(at: now)
  }
}
