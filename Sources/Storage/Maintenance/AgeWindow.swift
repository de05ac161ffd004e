/// Walks over times from old to new. The width of a step follows the number of rows found in the last one, so
/// that a round reads the table once, and not once for each few thousand rows. Times are microseconds since
/// 1970.
struct AgeWindow {
  /// Most rows that one step reads.
  static let rows = 50_000
  private static let narrowest: Int64 = 1_000_000
  private static let widest: Int64 = 30 * 86_400 * 1_000_000
  /// Distance by which a later round begins before the end of the last one, 300 s: a row carries the time at
  /// which its transaction began, and becomes visible when it ends.
  private static let lateness: Int64 = 300 * 1_000_000
  /// Time before all rows, also before rows that were copied from another database.
  private static let beginning = -Int64(1) << 52

  private var start: Int64?
  private var end = beginning
  private var width = 3_600 * Int64(1_000_000)

  /// Begins a round that ends at `end`. The first step of the first round covers all times before `first`; a
  /// later round begins 300 s before the end of the last one.
  mutating func open(from first: Int64, to end: Int64) {
    self.end = end
    if let reached = start {
      start = reached - Self.lateness
    } else {
      start = Self.beginning
      width = max(Self.narrowest, first - Self.beginning)
    }
  }

  /// Times of the next step; nil when the round is at its end.
  var span: Range<Int64>? {
    assert(width >= Self.narrowest, "a step covers at least a second")
    guard let start, start < end else { return nil }
    return start..<min(end, start + width)
  }

  /// Whether the step cannot be narrower.
  var isNarrowest: Bool { width <= Self.narrowest }

  /// Reports that the step found `count` rows, which are deleted now. With `rows` rows or more there may be
  /// others in the same times, so the step is repeated with half its width.
  mutating func deleted(_ count: Int) {
    precondition(count >= 0, "a number of rows")
    guard let span else { return }
    if count < Self.rows {
      start = span.upperBound
      width = width > Self.widest ? Self.narrowest * 3_600 : min(Self.widest, width * 2)
    } else {
      width = max(Self.narrowest, width / 2)
    }
  }
}
