internal import Ingest

/// Batches that a writer took from the queue and has not settled: groups that run one after the other.
/// Failures split groups into halves. No batch is ever dropped, and none is settled twice, so the value cannot be
/// copied.
struct PendingGroups: ~Copyable {
  /// Groups in reverse order: the next group is the last element.
  private var groups: [[GroupMember]] = []

  /// Creates an empty value.
  init() {}

  /// Creates one group of the batches that were just taken.
  init(_ batches: [IngestBatch]) {
    precondition(!batches.isEmpty, "a group that was taken has a batch")
    groups = [batches.map { GroupMember($0) }]
  }

  /// Removes and returns the next group; nil when nothing is pending.
  mutating func next() -> [GroupMember]? {
    let group = groups.popLast()
    assert(group?.isEmpty != true, "a pending group has a batch")
    return group
  }

  /// Puts the group back to run next.
  mutating func putBack(_ group: [GroupMember]) {
    precondition(!group.isEmpty, "an empty group settles nothing")
    groups.append(group)
  }

  /// Whether a batch of a pending group has failed before.
  var isFailing: Bool { groups.contains { $0.contains { $0.failingSince != nil } } }

  /// Puts the group back to run after all others: whole, or as two halves, because smaller groups block fewer
  /// other transactions.
  mutating func putBackLast(_ group: [GroupMember], inHalves: Bool) {
    precondition(!group.isEmpty, "an empty group settles nothing")
    let middle = (group.count + 1) / 2
    let isCut = inHalves && group.count > 1
    groups.insert(contentsOf: isCut ? [Array(group[middle...]), Array(group[..<middle])] : [group], at: 0)
  }

  /// Puts the group back to run next as two halves, because smaller groups block fewer other transactions; a
  /// single batch is put back as it is.
  mutating func putBackHalves(of group: [GroupMember]) {
    guard group.count > 1 else { return putBack(group) }
    let middle = (group.count + 1) / 2
    groups.append(Array(group[middle...]))
    groups.append(Array(group[..<middle]))
  }
}
