import Foundation

/// What a run is made from.
struct RunOptions: Sendable {
  let seed: UInt64
  let seconds: Int
  var lanes: Int
  /// Events in a second of one lane.
  let laneRate: Int
  /// Of the servers, beside their ports.
  var serverArguments: [String]
  /// Of everything that the run leaves; other accounts can enter it.
  var directory: String
  /// The executable of the servers.
  let sluiced: String
  /// This executable.
  let program: String
  /// The directory of `postgres` and `initdb`.
  let postgresBinaries: String
  let log: RunLog
  /// Who runs Postgres when this process is root.
  let postgresAccount: String

  func path(_ name: String) -> String { "\(directory)/\(name)" }

  /// Once it exists, producers send nothing new.
  var stopFile: String { path("stop") }

  /// The producer of a lane, which connects to these ports.
  func laneActor(_ lane: Int, ports: [Int], start: Int64) -> LaneActor {
    let arguments = [
      "lane", "--seed", "\(seed)", "--lane", "\(lane)", "--rate", "\(laneRate)", "--start", "\(start)",
      "--journal", journal(ofLane: lane), "--stop-file", stopFile,
    ]
    return LaneActor(
      lane: lane, program: program, arguments: arguments + ports.flatMap { ["--port", "\($0)"] },
      log: path("lanes.log"))
  }

  /// What the journals of all lanes say.
  func models() -> [LaneModel] {
    (0..<lanes).map { LaneModel(lane: $0, Journal.read(journal(ofLane: $0), lane: $0)) }
  }

  private func journal(ofLane lane: Int) -> String { path("lane-\(lane).journal") }
}
