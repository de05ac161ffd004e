import FaultProxy
import Foundation
import Synchronization

/// Causes the faults of a plan at their times, and counts them.
final class PlanRunner {
  private let stage: Stage
  private let start = ContinuousClock.now
  private var commitCuts: [ArmedFault] = []
  private var requestCuts: [ArmedFault] = []
  private var otherCuts: [ArmedFault] = []
  private var killsAtCommit: [ArmedFault] = []
  private var cutAtOnce = 0
  private(set) var terminated = 0
  private(set) var stalls = 0

  init(_ stage: Stage) {
    self.stage = stage
  }

  /// Connections that were cut between COMMIT and its answer. The answer never arrived.
  var cutsAtCommit: Int { (commitCuts + requestCuts).count(where: \.hasHappened) }
  /// Number of `cutsAtCommit` at which the proxy had the answer, so the transaction was committed.
  var answersWithheld: Int { commitCuts.count(where: \.hasHappened) }
  /// All connections that were cut.
  var cuts: Int { cutsAtCommit + otherCuts.count(where: \.hasHappened) + cutAtOnce }
  /// Servers that were killed between COMMIT and its answer.
  var killedAtCommit: Int { killsAtCommit.count(where: \.hasHappened) }

  /// Blocks the thread until all planned faults were caused and `seconds` have passed.
  func run(_ plan: FaultPlan, seconds: Int) {
    for entry in plan.entries {
      Clock.sleep(ContinuousClock.now.duration(to: start + .milliseconds(entry.milliseconds)))
      stage.options.log.note("plan: \(entry.fault)")
      perform(entry.fault)
    }
    Clock.sleep(ContinuousClock.now.duration(to: start + .seconds(seconds)))
  }

  private func perform(_ fault: PlannedFault) {
    switch fault {
    case .killServer(let which): stage.server(which).server.kill()
    case .killServerAtCommit(let which):
      let (server, database) = stage.server(which)
      killsAtCommit.append(
        database.arm(Fault(.call { server.kill() }, .toClient, .before(.commitAnswer))))
    case .crashPostgres(let crash): stage.postgres.crash(crash)
    case .killBackend: stage.postgres.killBackend()
    case .killClient(let worker): stage.workers[worker].kill()
    case .cutIngest(let cut): cutIngest(cut)
    case .cutDatabase(let isTowards, let bytes):
      let database = stage.server(.busier).database
      otherCuts.append(database.arm(Fault(.cut, isTowards ? .toServer : .toClient, .afterBytes(bytes))))
    case .cutCommit(.answerWithheld):
      let database = stage.server(.busier).database
      commitCuts.append(database.arm(Fault(.cut, .toClient, .before(.commitAnswer))))
    case .cutCommit(.requestPassed):
      let database = stage.server(.busier).database
      requestCuts.append(database.arm(Fault(.cut, .toServer, .after(.commitRequest))))
    case .terminateBackends(let count): terminateBackends(count)
    case .stallIngest(let time): stall(stage.server(.busier).server.ingest, time)
    case .changeLineage(let change, let time):
      let changer = LineageChanger(postgres: stage.postgres, log: stage.options.log)
      Thread.detachNewThread { changer.perform(change, pause: .milliseconds(time)) }
    case .relaxCommits(let time):
      let postgres = stage.postgres
      Thread.detachNewThread { postgres.relaxCommits(for: .milliseconds(time)) }
    case .stallDatabase(let time): stall(stage.server(.busier).database, time)
    }
  }

  private func cutIngest(_ cut: PlannedFault.IngestCut) {
    let proxy = stage.server(.busier).server.ingest
    switch cut {
    case .beforeAcknowledgement(let nth):
      otherCuts.append(proxy.arm(Fault(.cut, .toClient, .before(.acknowledgement, nth: nth))))
    case .sent(let bytes): otherCuts.append(proxy.arm(Fault(.cut, .toServer, .afterBytes(bytes))))
    case .answered(let bytes): otherCuts.append(proxy.arm(Fault(.cut, .toClient, .afterBytes(bytes))))
    case .everyConnection: cutAtOnce += proxy.cutAll()
    }
  }

  private func terminateBackends(_ count: Int) {
    let sql = """
      SELECT count(pg_terminate_backend(pid)) FROM
        (SELECT pid FROM pg_stat_activity WHERE application_name = 'sluice' ORDER BY random() LIMIT \(count)) x
      """
    // While the database is unavailable, no backend can be terminated.
    guard stage.postgres.isReady, let rows = try? stage.postgres.database.query(sql) else { return }
    terminated += rows.first?.first?.flatMap(Int.init) ?? 0
  }

  private func stall(_ proxy: FaultProxy, _ milliseconds: Int) {
    stalls += 1
    proxy.blackhole()
    Thread.detachNewThread {
      Clock.sleep(.milliseconds(milliseconds))
      proxy.lift()
    }
  }
}

extension MessagePattern {
  /// ACK (`spec/wire-protocol.md`, section 3).
  fileprivate static let acknowledgement = frame(6)
}
