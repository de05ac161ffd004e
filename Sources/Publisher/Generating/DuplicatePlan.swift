/// Which events of a run are duplicates, and of which earlier ones, computed from an event's place alone.
///
/// Nothing is remembered: the originals are numbered 0, 1, 2, … in order of their places, and a duplicate
/// names the number of an earlier original, whose event is generated again. So the number of unique keys
/// among the first events of a run is exact, whatever connections they went out on.
struct DuplicatePlan: Sendable {
  /// The unit of the share: millionths.
  private static let whole: UInt64 = 1_000_000
  /// How far back recent duplicates reach, in originals: about ten batches of the default size.
  private static let recent: UInt64 = 10_000
  /// One duplicate in so many reaches back anywhere.
  private static let farOneIn: UInt64 = 8

  private let originalMillionths: UInt64
  private let reachesAnywhere: Bool
  private let seed: UInt64

  /// - Parameters:
  ///   - share: the share of duplicates, at least 0 and below 1; counted in whole millionths.
  ///   - reachesAnywhere: whether duplicates are spread over all earlier events instead of mostly recent
  ///   ones.
  init(share: Double, reachesAnywhere: Bool, seed: UInt64) {
    precondition(share >= 0 && share < 1, "a run has originals")
    originalMillionths = max(1, Self.whole - UInt64((share * Double(Self.whole)).rounded()))
    self.reachesAnywhere = reachesAnywhere
    self.seed = seed
  }

  /// How many of the first `places` events are originals, and so the number of unique keys among them.
  func originals(among places: UInt64) -> UInt64 {
    let (high, low) = places.multipliedFullWidth(by: originalMillionths)
    let (quotient, rest) = Self.whole.dividingFullWidth((high, low))
    return quotient + (rest > 0 ? 1 : 0)
  }

  /// The number of the original that is sent at `place`.
  func original(at place: UInt64) -> UInt64 {
    let before = originals(among: place)
    guard originals(among: place + 1) == before else { return before }
    let random = Mix64.hash(place, seed: seed)
    let back = reachesAnywhere || random.isMultiple(of: Self.farOneIn) ? before : min(before, Self.recent)
    // The upper bits choose within 0 ..< back, evenly enough and without a division.
    return before - 1 - random.multipliedFullWidth(by: back).high
  }
}
