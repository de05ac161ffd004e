/// What is in a batch: from the seed, the lane and its number alone, so that nothing of it need be kept.
///
/// A key is a number. Most are the batch's own; some are repeated inside the batch, some belong to earlier
/// batches of the lane, and some are shared with all lanes, which publish them at about the same time.
struct BatchRecipe: Sendable {
  /// One event.
  enum Item: Hashable, Sendable {
    case good(key: UInt64)
    /// It can not be stored, for one of several reasons.
    case bad(key: UInt64, Badness)
  }

  enum Badness: Hashable, Sendable, CaseIterable {
    case idWithoutUTF8, idWithNUL, payloadWithoutJSON
  }

  let seed: UInt64
  let lane: Int

  /// The events of the batch with this number.
  func items(of ordinal: Int) -> [Item] {
    var random = Random64(seed, UInt64(lane), UInt64(ordinal))
    let count = Self.count(&random)
    var items: [Item] = []
    items.reserveCapacity(count)
    for index in 0..<count {
      let own = UInt64(lane + 1) << 56 | UInt64(ordinal) << 16 | UInt64(index)
      switch random.below(100) {
      case 0..<2:
        items.append(.bad(key: own, Badness.allCases[random.below(Badness.allCases.count)]))
      case 2..<12 where index > 0:
        items.append(items[random.below(index)])
      case 12..<20 where ordinal > 0:
        let back = 1 + random.below(min(ordinal, random.below(2) == 0 ? 5 : 5_000))
        items.append(.good(key: own - UInt64(back) << 16))
      case 20..<38:
        items.append(.good(key: 0xF0 << 56 | UInt64(ordinal * 40 + random.below(800))))
      default:
        items.append(.good(key: own))
      }
    }
    return items
  }

  /// Events in the batch and the dead ones among them, its marker not counted.
  func size(of ordinal: Int) -> (events: Int, dead: Int) {
    let items = items(of: ordinal)
    return (items.count, items.count { if case .bad = $0 { true } else { false } })
  }

  private static func count(_ random: inout Random64) -> Int {
    switch random.below(10) {
    case 0: 1 + random.below(20)
    case 1..<8: 100 + random.below(900)
    default: 1_000 + random.below(2_000)
    }
  }
}
