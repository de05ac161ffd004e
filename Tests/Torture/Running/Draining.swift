import Foundation

/// The end of the load.
enum Draining {
  /// Has producers settle what they sent, and send nothing new.
  /// - Returns: A finding for each lane that did not come to an end.
  static func drain(_ lanes: [LaneActor], stopFile: String) -> FindingList {
    var findings = FindingList()
    guard FileManager.default.createFile(atPath: stopFile, contents: nil) else {
      findings.add(.program, "can not make \(stopFile)")
      return findings
    }
    Clock.wait(every: .milliseconds(20), limit: .seconds(180)) { lanes.allSatisfy(\.isDone) }
    for lane in lanes where !lane.isDone {
      findings.add(.unsettled, "lane \(lane.lane) did not settle everything within 180 s")
      lane.abandon()
    }
    for lane in lanes where lane.failures > 0 {
      findings.add(.program, "the program of lane \(lane.lane) failed \(lane.failures) times; see lanes.log")
    }
    return findings
  }
}
