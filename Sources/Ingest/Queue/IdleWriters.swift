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
  /// The idle writers that take batches of light producers only.
  private var idleForLight: [DispatchSemaphore] = []
  /// The writer that waits for its group to fill; at most one.
  private var gatherer: Gatherer?

  var isGathering: Bool { gatherer != nil }

  /// Number of waiting writers that take any batch, including the one whose group fills.
  var count: Int { idle.count + (isGathering ? 1 : 0) }

  /// Number of waiting writers that take batches of light producers only.
  var countForLight: Int { idleForLight.count }

  /// Adds a writer that waits for a batch of its share.
  mutating func park(_ semaphore: DispatchSemaphore, for share: WriterShare) {
    if share == .all { idle.append(semaphore) } else { idleForLight.append(semaphore) }
  }

  /// Removes a writer whose timeout has passed.
  /// - Returns: false when the writer was woken before.
  mutating func unpark(_ semaphore: DispatchSemaphore) -> Bool {
    let count = idle.count + idleForLight.count
    idle.removeAll { $0 === semaphore }
    idleForLight.removeAll { $0 === semaphore }
    return idle.count + idleForLight.count < count
  }

  /// Sets the writer that waits for its group to fill.
  mutating func gather(_ semaphore: DispatchSemaphore, until limits: GroupLimits) {
    precondition(gatherer == nil, "only one writer may gather at a time")
    gatherer = Gatherer(semaphore: semaphore, limits: limits)
  }

  mutating func endGathering() {
    gatherer = nil
  }

  /// Returns the writer to wake after `contents` changed: for light producers beside a heavy one an idle writer;
  /// otherwise the gathering writer if its group is full or no batch will be added to it; without a gathering
  /// writer an idle one. Idle writers are woken last-in, first-out, because the most recently idle thread has the
  /// warmest caches.
  mutating func next(for contents: QueueContents) -> DispatchSemaphore? {
    guard !contents.waiting.isEmpty else { return nil }
    if contents.waiting.hasLightBesideHeavy, let writer = idleForLight.popLast() ?? idle.popLast() {
      return writer
    }
    guard let gatherer else { return idle.popLast() }
    let goesNow = contents.waiting.fills(gatherer.limits) || contents.waitIsPointless
    return goesNow ? gatherer.semaphore : nil
  }

  /// Removes and returns all writers, for closing.
  mutating func takeAll() -> [DispatchSemaphore] {
    defer { (idle, idleForLight) = ([], []) }
    return idle + idleForLight + (gatherer.map { [$0.semaphore] } ?? [])
  }
}
