import Dispatch

/// The writers that wait in `BatchQueue.takeGroup`.
///
/// Each waits on a semaphore of its own, so that whoever wakes one picks which, and none wakes in vain.
struct WriterLine {
  private struct Gatherer {
    let semaphore: DispatchSemaphore
    let limits: GroupLimits
  }

  private var idle: [DispatchSemaphore] = []
  /// The writer that waits for its group to grow; at most one does.
  private var gatherer: Gatherer?

  var isGathering: Bool { gatherer != nil }

  /// How many wait, for a batch or for more of them.
  var count: Int { idle.count + (isGathering ? 1 : 0) }

  /// Puts a writer to sleep until there is something to take.
  mutating func park(_ semaphore: DispatchSemaphore) {
    idle.append(semaphore)
  }

  /// Lets a writer wait until its group is full.
  mutating func gather(_ semaphore: DispatchSemaphore, until limits: GroupLimits) {
    precondition(gatherer == nil, "one writer gathers at a time")
    gatherer = Gatherer(semaphore: semaphore, limits: limits)
  }

  mutating func endGathering() {
    gatherer = nil
  }

  /// Whom to wake now that what waits in `contents` changed: the gathering writer when its group is full or
  /// nobody will add to it, else one idle writer when nobody gathers. The writer that slept longest stays
  /// asleep, caches cold.
  mutating func next(for contents: QueueContents) -> DispatchSemaphore? {
    guard !contents.waiting.isEmpty else { return nil }
    guard let gatherer else { return idle.popLast() }
    let goesNow = contents.waiting.fills(gatherer.limits) || contents.waitsInVain
    return goesNow ? gatherer.semaphore : nil
  }

  /// All of them, for the end.
  mutating func takeAll() -> [DispatchSemaphore] {
    defer { idle = [] }
    return idle + (gatherer.map { [$0.semaphore] } ?? [])
  }
}
