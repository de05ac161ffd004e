import Dispatch
import WireProtocol

/// A spool whose directory is locked and read.
struct OpenedSpool: Sendable {
  let writer: SpoolWriter
  let recovery: SpoolRecovery
  let report: SpoolReport

  /// Locks and reads a spool on its own queue, because that may wait for the disk.
  /// - Parameter fresh: identity for a spool that has none or cannot keep its own.
  /// - Throws: `spoolInUse` or `spoolFailed`.
  static func open(
    _ spool: Producer.Spool, fresh: ProducerID, watch: FileWatch? = nil
  ) async throws(ProducerError) -> OpenedSpool {
    let result = await withCheckedContinuation { continuation in
      DispatchQueue(label: "sluice.spool.open").async {
        continuation.resume(returning: openNow(spool, fresh, watch))
      }
    }
    return try result.get()
  }

  private static func openNow(
    _ spool: Producer.Spool, _ fresh: ProducerID, _ watch: FileWatch?
  ) -> Result<OpenedSpool, ProducerError> {
    do throws(SpoolFailure) {
      let directory = try SpoolDirectory(spool.directory, sync: spool.sync, watch: watch)
      let content = try directory.read(copyBytes: spool.bytes)
      let recovery = SpoolRecovery(
        content.replay, segments: content.segments, fresh: fresh, capacity: spool.bytes)
      return .success(
        OpenedSpool(
          writer: SpoolWriter(directory, sync: spool.sync), recovery: recovery,
          report: SpoolReport(
            recovery, spool.directory, tornBytes: content.tornBytes, copies: content.copies)))
    } catch {
      return .failure(ProducerError(error))
    }
  }

  /// The outbox of a producer over this spool.
  func outbox(
    _ capacity: Outbox.Capacity, now: ContinuousClock.Instant, wallClock: Timestamp
  ) -> Outbox {
    Outbox(recovery, capacity: capacity, now: now, wallClock: wallClock)
  }
}

/// Notices about a spool that was opened.
struct SpoolReport: Sendable {
  /// Whether an earlier process used the same identity.
  let isContinued: Bool
  let notices: [(kind: Producer.Notice.Kind, message: String)]

  /// - Parameter copies: paths of the files that have the damaged bytes.
  init(
    _ recovery: SpoolRecovery, _ directory: String, tornBytes: Int, copies: [SpoolReplay.Damage: String]
  ) {
    var notices: [(kind: Producer.Notice.Kind, message: String)] = []
    for damage in recovery.damages {
      let copy =
        copies[damage].map { "their bytes are kept in \($0)" } ?? "there was no room for a copy of them"
      notices.append(
        (
          .spoolDamaged,
          """
          \(damage.bytes.count) bytes from byte \(damage.bytes.lowerBound) on of file \(damage.segment) of \
          the spool \(directory) are damaged: a checksum is wrong; batches in them are not sent, all others \
          are; \(copy)
          """
        ))
    }
    if recovery.isRenewed {
      notices.append(
        (
          .identityRenewed,
          """
          the spool \(directory) does not show for certain what was sent, so unsettled batches are sent \
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
