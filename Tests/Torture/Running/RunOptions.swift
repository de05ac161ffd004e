import Foundation

/// Options of a run.
struct RunOptions: Sendable {
  let seed: UInt64
  let seconds: Int
  var workers: Int
  /// Events per second of one worker.
  let workerRate: Int
  /// Arguments of the servers, without their ports.
  var serverArguments: [String]
  /// Directory of all files of the run. Other accounts can enter it.
  var directory: String
  /// The executable of the servers.
  let sluiced: String
  /// This executable.
  let program: String
  /// The directory of `postgres` and `initdb`.
  let postgresBinaries: String
  let log: RunLog
  /// Account that runs Postgres when this process is root.
  let postgresAccount: String

  func path(_ name: String) -> String { "\(directory)/\(name)" }

  /// File whose existence ends the publishing of new batches.
  var stopFile: String { path("stop") }

  /// Makes a worker whose producer connects to these ports.
  func workerActor(_ worker: Int, ports: [Int], start: Int64) -> WorkerActor {
    let arguments = [
      "worker", "--seed", "\(seed)", "--worker", "\(worker)", "--rate", "\(workerRate)", "--start",
      "\(start)",
      "--journal", journal(ofWorker: worker), "--stop-file", stopFile,
    ]
    return WorkerActor(
      worker: worker, program: program, arguments: arguments + ports.flatMap { ["--port", "\($0)"] },
      log: path("workers.log"))
  }

  /// Reads the journals of all workers.
  func models() -> [WorkerModel] {
    (0..<workers).map { WorkerModel(worker: $0, Journal.read(journal(ofWorker: $0), worker: $0)) }
  }

  private func journal(ofWorker worker: Int) -> String { path("worker-\(worker).journal") }
}
