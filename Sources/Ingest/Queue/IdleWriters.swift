import Dispatch

/// The writers that wait in `BatchQueue.takeGroup`.
///
/// Each writer waits on its own semaphore, so that the caller chooses which one to wake and none wakes
/// without work.
struct IdleWriters {
  private struct Gatherer {
    let semaphore: DispatchSemaphore
    let limits: GroupLimits
  }

  private var idle: [DispatchSemaphore] = []
  /// The writer that waits for its group to fill; at most one.
  private var gatherer: Gatherer?

  var isGathering: Bool { gatherer != nil }

  /// Number of waiting writers, including the one whose group fills.
  var count: Int { idle.count + (isGathering ? 1 : 0) }

  /// Adds a writer that waits for a batch.
  mutating func park(_ semaphore: DispatchSemaphore) {
    idle.append(semaphore)
  }

  /// Removes a writer whose timeout has passed.
  /// - Returns: false when the writer was woken before.
  mutating func unpark(_ semaphore: DispatchSemaphore) -> Bool {
    guard let place = idle.firstIndex(where: { $0 === semaphore }) else { return false }
    idle.remove(at: place)
    return true
  }

  /// Sets the writer that waits for its group to fill.
  mutating func gather(_ semaphore: DispatchSemaphore, until limits: GroupLimits) {
    precondition(gatherer == nil, "only one writer may gather at a time")
    gatherer = Gatherer(semaphore: semaphore, limits: limits)
  }

  mutating func endGathering() {
    gatherer = nil
  }

  /// Returns the writer to wake after `contents` changed: the gathering writer if its group is full or no
  /// batch will be added to it; without a gathering writer an idle one. Idle writers are woken last-in,
  /// first-out, because the most recently idle thread has the warmest caches.
  mutating func next(for contents: QueueContents) -> DispatchSemaphore? {
    guard !contents.waiting.isEmpty else { return nil }
    guard let gatherer else { return idle.popLast() }
    let goesNow = contents.waiting.fills(gatherer.limits) || contents.waitIsPointless
    return goesNow ? gatherer.semaphore : nil
  }

  /// Removes and returns all writers, for closing.
  mutating func takeAll() -> [DispatchSemaphore] {
    defer { idle = [] }
    return idle + (gatherer.map { [$0.semaphore] } ?? [])
  }
}
