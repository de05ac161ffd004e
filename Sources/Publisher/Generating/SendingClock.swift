import ClientLib
import Synchronization

/// The times at which the originals of a run are sent first, over all its connections. A duplicate has the time of its
/// original, so the times are kept: 8 bytes for each thousand originals.
final class SendingClock: Sendable {
  /// Originals that share a look at the clock. Within them the time rises by a microsecond each.
  private static let block: UInt64 = 1_000
  private static let unknown = Int64.min

  private let starts = Mutex<[Int64]>([])
  private let now: @Sendable () -> Timestamp

  /// - Parameter now: the clock; another one in tests.
  init(now: @escaping @Sendable () -> Timestamp = { .now }) {
    self.now = now
  }

  /// Returns the time of the first original of a block, which is now when no connection has asked for it.
  private func start(of block: Int) -> Int64 {
    starts.withLock { starts in
      Self.grow(&starts, to: block)
      if starts[block] == Self.unknown { starts[block] = now().microseconds }
      return starts[block]
    }
  }

  private static func grow(_ starts: inout [Int64], to block: Int) {
    guard starts.count <= block else { return }
    starts.append(contentsOf: repeatElement(unknown, count: block + 1 - starts.count))
  }

  /// The times that one connection knows, so that it rarely asks the others.
  struct Times: Sendable {
    private var starts: [Int64] = []

    /// Returns the time of an original.
    mutating func time(of number: UInt64, _ clock: SendingClock) -> Timestamp {
      let (block, place) = number.quotientAndRemainder(dividingBy: SendingClock.block)
      let index = Int(block)
      SendingClock.grow(&starts, to: index)
      if starts[index] == SendingClock.unknown { starts[index] = clock.start(of: index) }
      return Timestamp(microseconds: starts[index] + Int64(place))
    }
  }
}
