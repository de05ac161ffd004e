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
    /// Another writer's group, which it counted on, did not commit in time.
    case leftAlone
  }

  private let choice: WritingChoice
  private var oldDuplicates = History()
  private var leftAlone = History()
  /// Groups to come that are staged before the other ways are tried again.
  private var stagedLeft = 0
  /// Doubles each time they fail again.
  private var stagedNext = Self.firstStay
  /// Groups that went one of the other ways since one was overtaken.
  private var undisturbed = 0

  private static let firstStay = 16
  private static let longestStay = 256
  /// So many undisturbed groups mean that the other server is gone.
  private static let quiet = 8

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
  ///
  /// To be overtaken once is enough: within a server groups wait for each other, so only another server
  /// does it, and one that gets the same events does it again. To be left alone may just be a slow disk.
  mutating func note(_ experience: Experience) {
    oldDuplicates.append(experience == .oldDuplicates)
    if stagedLeft > 0 {
      stagedLeft -= 1
      return
    }
    leftAlone.append(experience == .leftAlone)
    if experience == .overtaken || leftAlone.isFrequent {
      leftAlone = History()
      stagedLeft = stagedNext
      stagedNext = min(stagedNext * 2, Self.longestStay)
      undisturbed = 0
    } else {
      undisturbed += 1
      if undisturbed == Self.quiet { stagedNext = Self.firstStay }
    }
  }
}

/// The last eight groups, and which of them had something; one bit a group, the latest lowest.
private struct History {
  private var bits: UInt8 = 0

  /// Two of the last eight.
  var isFrequent: Bool { bits.nonzeroBitCount >= 2 }

  mutating func append(_ had: Bool) {
    bits = bits << 1 | (had ? 1 : 0)
  }
}
