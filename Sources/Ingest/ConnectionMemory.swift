import Synchronization

/// The memory that all connections together hold because of their peers (`ingest.buffers`): partly received
/// frames, received bytes that wait, and answers that a peer has not read.
///
/// Bytes are counted when they have arrived, not when they are announced, so a peer holds no more than a
/// small multiple of what it sent. A connection asks `isFull` before each read, and waits if the memory is
/// full. Connections that have not delivered a batch may use half of it, so that they cannot stop those that
/// have.
///
/// All connections could wait with a part of a frame each. Therefore one connection at a time has a pass,
/// with which it reads to the end of its frame. So the bytes held are at most the limit, plus one largest
/// frame, plus one read for each event loop.
public final class ConnectionMemory: Sendable {
  /// Bytes that must be free for each connection that is woken.
  private static let wakeBytes = 64 << 10

  private struct Waiter {
    let hasDelivered: Bool
    let resume: @Sendable (_ hasPass: Bool) -> Void
  }

  private struct State {
    var waiters: [Waiter] = []
    var isPassGiven = false
  }

  /// Maximum bytes of all connections.
  public let limit: Int
  private let held = Atomic<Int>(0)
  private let waiting = Atomic<Int>(0)
  private let state = Mutex(State())

  /// Creates a memory of `limit` bytes.
  public init(limit: Int) {
    precondition(limit >= 2, "connections need memory to receive anything")
    self.limit = limit
  }

  /// Bytes that are held now.
  public var byteCount: Int { held.load(ordering: .relaxed) }

  /// Whether connections wait for memory.
  public var isContended: Bool { waiting.load(ordering: .relaxed) > 0 }

  /// Whether a connection must wait before it reads more.
  public func isFull(hasDelivered: Bool) -> Bool { byteCount >= share(hasDelivered) }

  /// Adds a change of a connection's bytes, and wakes waiting connections after a release.
  public func change(by bytes: Int) {
    guard bytes != 0 else { return }
    let (before, after) = held.wrappingAdd(bytes, ordering: .acquiringAndReleasing)
    precondition(after >= 0, "more memory released than held: \(before) and \(bytes) bytes")
    if bytes < 0, isContended { wake() }
  }

  /// Calls `resume` once, when there is room or the pass is free. Its argument says whether the caller got
  /// the pass and must give it back with `returnPass`. `resume` runs on any thread, or within this call, and
  /// must return at once.
  public func whenRoom(hasDelivered: Bool, _ resume: @escaping @Sendable (_ hasPass: Bool) -> Void) {
    let pass = state.withLock { state -> Bool? in
      if !isFull(hasDelivered: hasDelivered) { return false }
      if !state.isPassGiven {
        state.isPassGiven = true
        return true
      }
      state.waiters.append(Waiter(hasDelivered: hasDelivered, resume: resume))
      waiting.store(state.waiters.count, ordering: .relaxed)
      return nil
    }
    if let pass { return resume(pass) }
    // Bytes may have been released before the waiter was added.
    wake()
  }

  /// Gives the pass to the next waiting connection.
  public func returnPass() {
    let next = state.withLock { state -> Waiter? in
      precondition(state.isPassGiven, "the pass was not given")
      state.isPassGiven = false
      guard let next = takeNext(from: &state) else { return nil }
      state.isPassGiven = true
      return next
    }
    next?.resume(true)
  }

  private func wake() {
    let woken = state.withLock { state -> [Waiter] in
      var woken: [Waiter] = []
      for hasDelivered in [true, false] {
        let room = share(hasDelivered) - byteCount - woken.count * Self.wakeBytes
        guard room > 0 else { continue }
        var count = 1 + room / Self.wakeBytes
        state.waiters.removeAll { waiter in
          guard count > 0, waiter.hasDelivered == hasDelivered else { return false }
          count -= 1
          woken.append(waiter)
          return true
        }
      }
      waiting.store(state.waiters.count, ordering: .relaxed)
      return woken
    }
    for waiter in woken { waiter.resume(false) }
  }

  /// Removes the first waiter that has delivered a batch, or else the first one.
  private func takeNext(from state: inout State) -> Waiter? {
    guard let place = state.waiters.firstIndex(where: \.hasDelivered) ?? state.waiters.indices.first else {
      return nil
    }
    defer { waiting.store(state.waiters.count, ordering: .relaxed) }
    return state.waiters.remove(at: place)
  }

  private func share(_ hasDelivered: Bool) -> Int { hasDelivered ? limit : limit / 2 }
}
