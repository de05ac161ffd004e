/// One batch that one process of a worker published.
///
/// A worker is one of the producers that run at a time. Its process may be killed. The next process is
/// another *incarnation* with a new identity. It publishes again all batches for which the worker has no
/// answer yet.
struct Publication: Hashable, Sendable {
  let worker: Int
  let incarnation: Int
  /// Number of the batch within its worker, from 0. Batches of one worker with the same number have the same
  /// events.
  let ordinal: Int

  /// Worker, incarnation and ordinal in one number, which is written into the events.
  var code: UInt64 { UInt64(worker) << 56 | UInt64(incarnation) << 40 | UInt64(ordinal) }

  init(worker: Int, incarnation: Int, ordinal: Int) {
    self.worker = worker
    self.incarnation = incarnation
    self.ordinal = ordinal
  }

  init(code: UInt64) {
    self.init(
      worker: Int(code >> 56), incarnation: Int(code >> 40 & 0xFFFF), ordinal: Int(code & 0xFF_FFFF_FFFF))
  }
}

extension Publication: CustomStringConvertible {
  var description: String { "worker \(worker), incarnation \(incarnation), batch \(ordinal)" }
}
