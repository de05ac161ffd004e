import CBench
import Glibc

/// The cost of one stage for each event: processor time of this thread, and allocations.
struct Meter {
  /// Nanoseconds an event, for each round.
  private(set) var nanoseconds: [Double] = []
  /// Allocations an event in the last round, because the first rounds also grow reused buffers.
  private(set) var allocations = 0.0

  /// Runs one more round of a stage over `events` events.
  mutating func measure(events: Int, _ body: () throws -> Void) rethrows {
    let before = allocations_of_this_thread()
    let start = Self.now
    try body()
    let time = Self.now - start
    allocations = Double(allocations_of_this_thread() - before) / Double(events)
    nanoseconds.append(Double(time) / Double(events))
  }

  /// The median of all rounds.
  var median: Double {
    let sorted = nanoseconds.sorted()
    let middle = sorted.count / 2
    return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
  }

  private static var now: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}

/// Keeps the compiler from removing a calculation whose result is not used.
@inline(never)
func keep(_ value: Int) {
  sink = value
}

nonisolated(unsafe) private var sink = 0  // one thread writes it, and nothing reads it
