import Dispatch
import WireProtocol

/// A spool whose directory is locked and read.
struct OpenedSpool: Sendable {
  let writer: SpoolWriter
  let recovery: SpoolRecovery
  let report: SpoolReport

  /// Locks and reads a spool, on a queue where waiting for the disk holds up nobody.
  /// - Parameter fresh: the identity of a spool that has none.
  /// - Throws: `spoolInUse` or `spoolFailed`.
  static func open(_ spool: Producer.Spool, fresh: ProducerID) async throws(ProducerError) -> OpenedSpool {
    let result = await withCheckedContinuation { continuation in
      DispatchQueue(label: "sluice.spool.open").async {
        continuation.resume(returning: openNow(spool, fresh))
      }
    }
    return try result.get()
  }

  private static func openNow(
    _ spool: Producer.Spool, _ fresh: ProducerID
  ) -> Result<OpenedSpool, ProducerError> {
    do throws(SpoolFailure) {
      let directory = try SpoolDirectory(spool.directory)
      let content = try directory.read()
      let recovery = SpoolRecovery(
        content.replay, segments: content.segments, fresh: fresh, capacity: spool.bytes)
      return .success(
        OpenedSpool(
          writer: SpoolWriter(directory, sync: spool.sync), recovery: recovery,
          report: SpoolReport(recovery, spool.directory, tornBytes: content.tornBytes)))
    } catch {
      return .failure(ProducerError(error))
    }
  }

  /// The outbox that a producer over this spool begins with.
  func outbox(
    _ capacity: Outbox.Capacity, now: ContinuousClock.Instant, wallClock: Timestamp
  ) -> Outbox {
    Outbox(recovery, capacity: capacity, now: now, wallClock: wallClock)
  }
}

/// What is to be told about a spool that was opened.
struct SpoolReport: Sendable {
  /// Whether an earlier process used the same identity.
  let isContinued: Bool
  let notices: [(kind: Producer.Notice.Kind, message: String)]

  init(_ recovery: SpoolRecovery, _ directory: String, tornBytes: Int) {
    var notices: [(kind: Producer.Notice.Kind, message: String)] = []
    for damage in recovery.damages {
      notices.append(
        (
          .spoolDamaged,
          """
          \(damage.bytes.count) bytes from byte \(damage.bytes.lowerBound) on of file \
          \(damage.segment) of the spool \(directory) are damaged; batches in them are lost, everything \
          else is sent
          """
        ))
    }
    if recovery.isRenewed {
      notices.append(
        (
          .identityRenewed,
          """
          the spool \(directory) does not say for certain what was sent, so what is unsettled is sent \
          again under the new identity \(recovery.state.producer)
          """
        ))
    }
    if !recovery.batches.isEmpty || tornBytes > 0 {
      let events = recovery.batches.reduce(0) { $0 + $1.batch.events }
      notices.append(
        (
          .spoolRecovered,
          """
          \(recovery.batches.count) batches of \(events) events from the spool \(directory) are sent \
          again; an unfinished record of \(tornBytes) bytes was cut off
          """
        ))
    }
    self.notices = notices
    isContinued = recovery.isContinued
  }
}
