/// Chooses the way of a writer's next group by how the last ones went. Pure.
///
/// A way that ends in vain costs about as much as one that succeeds, and the next slower one a third more
/// than the quicker: so the slower one pays when more than about a quarter of the groups need it.
struct WayPolicy {
  /// How a group went.
  enum Experience: Hashable, Sendable {
    /// Nothing was stored already of what was sent.
    case clean
    /// Keys were stored already, long since or elsewhere.
    case oldDuplicates
    /// A key was stored by somebody else between the question and the COPY.
    case overtaken
  }

  private let choice: WritingChoice
  /// One bit a group, the latest lowest.
  private var oldDuplicates = History()
  private var overtaken = History()
  /// Groups to come that are staged before the others are tried again.
  private var stagedLeft = 0
  /// Doubles each time the others fail again.
  private var stagedNext = Self.firstStay

  private static let firstStay = 16
  private static let longestStay = 256

  init(_ choice: WritingChoice) {
    self.choice = choice
  }

  /// The way of the next group.
  var way: WritingWay {
    switch choice {
    case .straight: .straight
    case .probe: .probe
    case .staged: .staged
    case .auto: stagedLeft > 0 ? .staged : oldDuplicates.isFrequent ? .probe : .straight
    }
  }

  /// Takes note of how a group went: staged ones can only be clean or have old duplicates.
  mutating func note(_ experience: Experience) {
    if stagedLeft > 0 { stagedLeft -= 1 }
    oldDuplicates.append(experience == .oldDuplicates)
    overtaken.append(experience == .overtaken)
    if overtaken.isFrequent {
      overtaken = History()
      stagedLeft = stagedNext
      stagedNext = min(stagedNext * 2, Self.longestStay)
    } else if overtaken.isQuiet {
      stagedNext = Self.firstStay
    }
  }
}

/// The last eight groups, and which of them had something.
private struct History {
  private var bits: UInt8 = 0

  /// Two of the last eight.
  var isFrequent: Bool { bits.nonzeroBitCount >= 2 }
  /// None of the last eight.
  var isQuiet: Bool { bits == 0 }

  mutating func append(_ had: Bool) {
    bits = bits << 1 | (had ? 1 : 0)
  }
}
