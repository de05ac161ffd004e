/// Walks over times from old to new in steps that suit how much is found in them, so that a table is read
/// once and not for each few thousand of its rows. Times are microseconds since 1970.
struct AgeWindow {
  /// Rows that one step deletes at most.
  static let rows = 5_000
  private static let narrowest: Int64 = 1_000_000
  private static let widest: Int64 = 30 * 86_400 * 1_000_000
  /// Rows are as old as the beginning of their transaction, and appear at its end.
  private static let lateness: Int64 = 300 * 1_000_000
  /// What was stored before the beginning of all: rows that came from elsewhere.
  private static let beginning = -Int64(1) << 52

  private var start: Int64?
  private var end = beginning
  private var width = 3_600 * Int64(1_000_000)

  /// A round may go up to `end`. The very first step is all that is older than `first`; a later round begins
  /// a little before the end of the last one.
  mutating func open(from first: Int64, to end: Int64) {
    self.end = end
    if let reached = start {
      start = reached - Self.lateness
    } else {
      start = Self.beginning
      width = max(Self.narrowest, first - Self.beginning)
    }
  }

  /// What to look at next; nil when the round is at its end.
  var span: Range<Int64>? {
    guard let start, start < end else { return nil }
    return start..<min(end, start + width)
  }

  /// Tells how many rows were deleted there. As many as may be: there are more.
  mutating func deleted(_ count: Int) {
    guard let span else { return }
    if count < Self.rows {
      start = span.upperBound
      width = width > Self.widest ? Self.narrowest * 3_600 : min(Self.widest, width * 2)
    } else {
      width = max(Self.narrowest, width / 2)
    }
  }
}
