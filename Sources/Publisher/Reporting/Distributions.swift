import Foundation

extension RunRecord.Totals {
  /// Writes the waiting times of batches into an existing directory, a file for each moment.
  func writeDistributions(into directory: String) throws(RunFailure) {
    for (moment, times) in [(RunPlan.Moment.accepted, acceptedTimes), (.committed, committedTimes)] {
      let path = "\(directory)/\(moment.rawValue).hgrm"
      do {
        try times.distribution.write(toFile: path, atomically: false, encoding: .utf8)
      } catch {
        throw RunFailure(.incomplete, "\(path) cannot be written: \(error.localizedDescription)")
      }
    }
  }
}
