/// The earliest and the latest event time of a batch under construction.
struct TimeSpan {
  private var earliest = Int64.max
  private var latest = Int64.min

  /// The span that holds `time`, too.
  func including(_ time: Int64) -> TimeSpan {
    var span = self
    span.earliest = min(earliest, time)
    span.latest = max(latest, time)
    return span
  }

  /// How deltas are written: 4 bytes from the earliest time where they fit, else 8 bytes from
  /// 1970, so that base and delta never overflow.
  var encoding: (width: Int, base: Int64) {
    guard earliest <= latest else { return (4, 0) }
    let (width, overflow) = latest.subtractingReportingOverflow(earliest)
    return overflow || width > Int32.max ? (8, 0) : (4, earliest)
  }
}
