import Foundation

/// The end of the load.
enum Draining {
  /// Stops new batches and waits at most 180 s until the producers have settled all batches.
  /// - Returns: Findings for the workers that did not settle everything or whose program failed.
  static func drain(_ workers: [WorkerActor], stopFile: String) -> FindingList {
    var findings = FindingList()
    guard FileManager.default.createFile(atPath: stopFile, contents: nil) else {
      findings.add(.program, "cannot make \(stopFile)")
      return findings
    }
    Clock.wait(every: .milliseconds(20), limit: .seconds(180)) { workers.allSatisfy(\.isDone) }
    for worker in workers where !worker.isDone {
      findings.add(.unsettled, "worker \(worker.worker) did not settle everything within 180 s")
      worker.abandon()
    }
    for worker in workers where worker.failures > 0 {
      findings.add(
        .program, "the program of worker \(worker.worker) failed \(worker.failures) times; see workers.log")
    }
    return findings
  }
}
