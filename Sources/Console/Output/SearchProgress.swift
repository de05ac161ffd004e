/// The words that say how far a search is. Pure: the time is a parameter.
struct SearchProgress {
  /// The time between two lines where each stays.
  static let interval = Duration.seconds(5)

  /// Whether a line replaces the one before, and so comes with each page.
  let isReplaced: Bool
  private var last = Duration.zero

  init(isReplaced: Bool) {
    self.isReplaced = isReplaced
  }

  /// Returns the line after a page; nil when there is nothing to say yet.
  /// - Parameters:
  ///   - found: The number of events so far.
  ///   - searchedUntil: The time up to which the search is complete; nil when the server did not say.
  ///   - elapsed: The time since the search began.
  mutating func line(found: Int, searchedUntil: String?, elapsed: Duration) -> String? {
    guard isReplaced || elapsed - last >= Self.interval else { return nil }
    last = elapsed
    let place = searchedUntil.map { "searched to \(SafeText.line($0))" } ?? "searching"
    return "\(place), found \(Quantity.grouped(found)); Ctrl-C ends the search"
  }
}
