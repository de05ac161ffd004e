import Dispatch
import Synchronization

/// Writes a spool's log on a queue of its own, since the disk may be slow: whatever has gathered meanwhile
/// goes with one `fsync`.
final class SpoolWriter: Sendable {
  /// Who has work, and wants to know what became of it.
  struct Client: Sendable {
    let takeWork: @Sendable () -> SpoolLog.Work?
    let wrote: @Sendable (SpoolLog.Mark) -> Void
    let failed: @Sendable (ProducerError) -> Void
  }

  private struct State: ~Copyable {
    /// Nil after the end.
    var directory: SpoolDirectory?
    var client: Client?
    var isSyncPlanned = false
  }

  /// Fulfilled when the lock is given back.
  let closed = Promise<Void>()
  private let sync: Producer.Spool.Sync
  private let queue = DispatchQueue(label: "sluice.spool")
  private let isWoken = Atomic(false)
  // Taken on the queue alone, so nobody ever waits for it.
  private let state: Mutex<State>

  init(_ directory: consuming sending SpoolDirectory, sync: Producer.Spool.Sync) {
    self.sync = sync
    state = Mutex(State(directory: directory))
  }

  /// Begins to write what the outbox of `intake` has for it.
  func start(_ intake: Intake) {
    start(
      Client(
        takeWork: { intake.outbox.takeSpoolWork() },
        wrote: { mark in
          intake.outbox.kept(mark)
          intake.ring()
        },
        failed: { error in intake.onCourier { $0.giveUp(error) } }))
  }

  /// Begins to write.
  func start(_ client: Client) {
    queue.async { [self] in state.withLock { $0.client = client } }
    wake()
  }

  /// There is work, or may be.
  func wake() {
    guard !isWoken.exchange(true, ordering: .acquiringAndReleasing) else { return }
    queue.async { [self] in
      isWoken.store(false, ordering: .releasing)
      drain()
    }
  }

  /// Writes what is left, and gives the lock back.
  func close() {
    queue.async { [self] in
      drain()
      syncNow()
      end()
    }
  }

  private func drain() {
    while let client = state.withLock({ $0.client }), let work = client.takeWork() {
      switch write(work) {
      case .success: client.wrote(work.mark)
      case .failure(let failure): fail(failure, client)
      }
    }
    planSync()
  }

  private func write(_ work: SpoolLog.Work) -> Result<Void, SpoolFailure> {
    state.withLock { state in
      do throws(SpoolFailure) {
        try state.directory?.perform(work.commands, syncs: sync == .everyBatch)
        return .success(())
      } catch {
        return .failure(error)
      }
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
        try state.directory?.sync()
        return nil
      } catch {
        return (error, state.client)
      }
    }
    if let (failure, client) = outcome, let client { fail(failure, client) }
  }

  /// Nothing is written any more: behind a failed write it would not be known what the disk has.
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
