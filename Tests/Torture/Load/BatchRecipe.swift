/// Contents of the batches. They depend only on the seed, the worker and the number of the batch, so that the
/// check can compute them again and no batch has to be stored.
///
/// A key is a number. Most keys are in one batch only. Some are repeated inside the batch, some belong to
/// earlier batches of the worker, and some are shared with all workers, which publish them at about the same
/// time.
struct BatchRecipe: Sendable {
  /// One event.
  enum Item: Hashable, Sendable {
    case good(key: UInt64)
    /// An event that cannot be stored, because of `Badness`.
    case bad(key: UInt64, Badness)
  }

  enum Badness: Hashable, Sendable, CaseIterable {
    case idWithoutUTF8, idWithNUL, payloadWithoutJSON
  }

  let seed: UInt64
  let worker: Int

  /// The events of the batch with this number.
  func items(of ordinal: Int) -> [Item] {
    var random = Random64(seed, UInt64(worker), UInt64(ordinal))
    let count = Self.count(&random)
    var items: [Item] = []
    items.reserveCapacity(count)
    for index in 0..<count {
      let own = UInt64(worker + 1) << 56 | UInt64(ordinal) << 16 | UInt64(index)
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

  /// Numbers of events and dead events in the batch, without its marker.
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
