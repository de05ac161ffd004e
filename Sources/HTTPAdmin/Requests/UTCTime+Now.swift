import FoundationEssentials
import TextFormats

extension UTCTime {
  /// The current time of the system's clock.
  static var now: UTCTime { UTCTime(microseconds: Int64(Date.now.timeIntervalSince1970 * 1e6)) }
}
