/// Decides which events of a run are duplicates of which earlier events, from an event's place in the run
/// alone.
///
/// Originals are numbered 0, 1, 2, … in the order of their places. A duplicate has the number of an earlier
/// original, whose event is generated again, so no events are kept. The number of unique keys among the
/// first events of a run is exact, over any number of connections.
struct DuplicatePlan: Sendable {
  /// The share of originals is counted in millionths.
  private static let whole: UInt64 = 1_000_000
  /// Distance of recent duplicates, in originals: about ten batches of the default size.
  private static let recent: UInt64 = 10_000
  /// One duplicate in this many may repeat any earlier original.
  private static let farOneIn: UInt64 = 8

  private let originalMillionths: UInt64
  private let reachesAnywhere: Bool
  private let seed: UInt64

  /// - Parameters:
  ///   - share: share of duplicates, at least 0 and below 1, rounded to millionths.
  ///   - reachesAnywhere: whether all duplicates may repeat any earlier original, instead of mostly recent
  ///     ones.
  init(share: Double, reachesAnywhere: Bool, seed: UInt64) {
    precondition(share >= 0 && share < 1, "a run has originals")
    originalMillionths = max(1, Self.whole - UInt64((share * Double(Self.whole)).rounded()))
    self.reachesAnywhere = reachesAnywhere
    self.seed = seed
  }

  /// Number of originals among the first `places` events, which is the number of their unique keys.
  func originals(among places: UInt64) -> UInt64 {
    let (high, low) = places.multipliedFullWidth(by: originalMillionths)
    let (quotient, rest) = Self.whole.dividingFullWidth((high, low))
    return quotient + (rest > 0 ? 1 : 0)
  }

  /// Number of the original that is sent at `place`.
  func original(at place: UInt64) -> UInt64 {
    let before = originals(among: place)
    guard originals(among: place + 1) == before else { return before }
    assert(before > 0, "the first event is an original")
    let random = Mix64.hash(place, seed: seed)
    let back = reachesAnywhere || random.isMultiple(of: Self.farOneIn) ? before : min(before, Self.recent)
    // The upper bits choose within 0 ..< back, evenly enough and without a division.
    return before - 1 - random.multipliedFullWidth(by: back).high
  }
}

/// Hash of a number: the finalizer of SplitMix64 (G. L. Steele, D. Lea, C. H. Flood, "Fast splittable
/// pseudorandom number generators", OOPSLA 2014). It is the same on every machine and in every run.
enum Mix64 {
  /// 64 well-mixed bits of `number`, which differ for each seed.
  static func hash(_ number: UInt64, seed: UInt64) -> UInt64 {
    var bits = (number &+ 1) &* 0x9E37_79B9_7F4A_7C15 &+ seed
    bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
    return bits ^ bits >> 31
  }
}
