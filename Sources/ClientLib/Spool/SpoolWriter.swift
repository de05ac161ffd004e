import Dispatch
import Synchronization

/// Writes a spool's log on its own queue, because the disk may be slow. Records that arrive meanwhile share
/// one `fsync`.
final class SpoolWriter: Sendable {
  /// Source of the writer's work and receiver of its results.
  struct Client: Sendable {
    /// Returns the next work. True asks for work although the disk was full.
    let takeWork: @Sendable (Bool) -> SpoolLog.Work?
    let wrote: @Sendable (SpoolLog.Position) -> Void
    /// Reports that the disk had no space for the command after the first `Int` of the work.
    let ranOut: @Sendable (SpoolLog.Work, Int) -> Void
    /// Reports that the disk is full, with the error, or with nil that it has space again.
    let changed: @Sendable (_ full: SpoolFailure?) -> Void
    let failed: @Sendable (ProducerError) -> Void
  }

  private struct State: ~Copyable {
    /// Nil after the end.
    var directory: SpoolDirectory?
    var client: Client?
    var isSyncPlanned = false
    var isRetryPlanned = false
    var isDiskFull = false
  }

  /// Interval of attempts on a full disk. A deletion that frees space is tried at once.
  private static let retry = Duration.seconds(1)

  /// Fulfilled when the directory is unlocked.
  let closed = Promise<Void>()
  private let sync: Producer.Spool.Sync
  private let queue = DispatchQueue(label: "sluice.spool")
  private let isWoken = Atomic(false)
  // Only the queue takes this lock, so nobody waits for it.
  private let state: Mutex<State>

  init(_ directory: consuming sending SpoolDirectory, sync: Producer.Spool.Sync) {
    self.sync = sync
    state = Mutex(State(directory: directory))
  }

  /// Starts to write the records of the outbox of `pipeline`.
  func start(_ pipeline: PublishPipeline) {
    start(
      Client(
        takeWork: { pipeline.outbox.takeSpoolWork(isRetry: $0) },
        wrote: { position in
          pipeline.outbox.spooled(through: position)
          pipeline.wakeManager()
        },
        ranOut: { work, done in
          pipeline.outbox.ranOut(work, done: done, whenFull: pipeline.whenFull)
          pipeline.wakeManager()
        },
        changed: { failure in pipeline.onManager { $0.spoolChanged(failure) } },
        failed: { error in pipeline.onManager { $0.giveUp(error) } }))
  }

  /// Starts to write.
  func start(_ client: Client) {
    queue.async { [self] in state.withLock { $0.client = client } }
    wake()
  }

  /// Looks for work soon.
  func wake() {
    guard !isWoken.exchange(true, ordering: .acquiringAndReleasing) else { return }
    queue.async { [self] in
      isWoken.store(false, ordering: .releasing)
      drain()
    }
  }

  /// Writes the remaining records and unlocks the directory.
  func close() {
    queue.async { [self] in
      drain(isRetry: true)
      syncNow()
      end()
    }
  }

  private func drain(isRetry: Bool = false) {
    var isRetry = isRetry
    while let client = state.withLock({ $0.client }), let work = client.takeWork(isRetry) {
      isRetry = false
      let progress = state.withLock { state in
        state.directory?.perform(work.commands) ?? SpoolDirectory.Progress(done: work.commands.count)
      }
      let isFull = progress.failure?.isDiskFull ?? false
      guard let failure = progress.failure else {
        client.wrote(work.position)
        note(nil, client)
        continue
      }
      guard isFull else { return fail(failure, client) }
      note(failure, client)
      client.ranOut(work, progress.done)
      planRetry()
    }
    planSync()
  }

  /// Reports when the disk becomes full and when it has space again.
  private func note(_ failure: SpoolFailure?, _ client: Client) {
    let isFull = failure != nil
    let isNew = state.withLock { state in
      defer { state.isDiskFull = isFull }
      return state.isDiskFull != isFull
    }
    if isNew { client.changed(failure) }
  }

  private func planRetry() {
    let isPlanned = state.withLock { state in
      defer { state.isRetryPlanned = true }
      return state.isRetryPlanned
    }
    guard !isPlanned else { return }
    queue.asyncAfter(deadline: .now() + Self.retry / .seconds(1)) { [self] in
      state.withLock { $0.isRetryPlanned = false }
      drain(isRetry: true)
    }
  }

  private func planSync() {
    guard case .interval(let pause) = sync else { return }
    let isPlanned = state.withLock { state in
      defer { state.isSyncPlanned = true }
      return state.isSyncPlanned || state.directory == nil
    }
    guard !isPlanned else { return }
    queue.asyncAfter(deadline: .now() + pause / .seconds(1)) { [self] in
      state.withLock { $0.isSyncPlanned = false }
      syncNow()
    }
  }

  private func syncNow() {
    guard sync != .never else { return }
    let outcome = state.withLock { state -> (SpoolFailure, Client?)? in
      do throws(SpoolFailure) {
        try state.directory?.syncNow()
        return nil
      } catch {
        return (error, state.client)
      }
    }
    if let (failure, client) = outcome, let client { fail(failure, client) }
  }

  /// Stops writing, because after a failed write it is unknown which records the disk has.
  private func fail(_ failure: SpoolFailure, _ client: Client) {
    end()
    client.failed(ProducerError(failure))
  }

  private func end() {
    state.withLock { state in
      state.directory = nil
      state.client = nil
    }
    closed.fulfil(())
  }
}
