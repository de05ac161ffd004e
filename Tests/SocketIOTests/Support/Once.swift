import SocketIO
import Synchronization

/// True the first time, false ever after.
final class Once: Sendable {
  private let done = Atomic(false)

  func first() -> Bool { !done.exchange(true, ordering: .acquiringAndReleasing) }
}

/// A counter that several threads raise.
final class Counter: Sendable {
  private let count = Atomic(0)

  /// The new value.
  @discardableResult
  func raise() -> Int { count.wrappingAdd(1, ordering: .acquiringAndReleasing).newValue }

  var value: Int { count.load(ordering: .acquiring) }
}

/// `count` bytes that differ along the way, so that a lost or doubled piece shows.
func pattern(_ count: Int) -> [UInt8] {
  var bytes: [UInt8] = []
  bytes.reserveCapacity(count)
  while bytes.count < count { bytes += patternBlock.prefix(count - bytes.count) }
  return bytes
}

/// Pseudorandom bytes. Their count is a prime, so that the block is not aligned with any buffer.
private let patternBlock: [UInt8] = {
  var state: UInt32 = 0x9e37_79b9
  return (0..<10_007).map { _ in
    state = state &* 1_664_525 &+ 1_013_904_223
    return UInt8(truncatingIfNeeded: state >> 24)
  }
}()

/// Keeps a timer alive until it has done its work.
final class Holder: Sendable {
  private let timer = Mutex<LoopTimer?>(nil)

  func keep(_ timer: LoopTimer) { self.timer.withLock { $0 = timer } }
  func drop() { timer.withLock { $0 = nil } }
}

/// A sum.
final class Tally: Sendable {
  private let sum = Atomic(0)

  /// The new sum.
  func add(_ number: Int) -> Int { sum.wrappingAdd(number, ordering: .acquiringAndReleasing).newValue }
  func reset() { sum.store(0, ordering: .releasing) }
}
