internal import Ingest

/// What a writer took from the queue and has not settled: groups that run one after the other, cut into
/// halves by failures. Never loses a batch.
struct PendingGroups {
  /// The next one last.
  private var groups: [[GroupMember]] = []

  /// Nothing is pending.
  init() {}

  /// What was just taken, as one group.
  init(_ batches: [IngestBatch]) {
    groups = [batches.map { GroupMember($0) }]
  }

  /// Takes the group that is to run next.
  mutating func next() -> [GroupMember]? {
    groups.popLast()
  }

  /// The group runs again, next.
  mutating func putBack(_ group: [GroupMember]) {
    precondition(!group.isEmpty, "an empty group settles nothing")
    groups.append(group)
  }

  /// The group runs again, one half after the other, so that less is in the way of others; a single batch
  /// as it is.
  mutating func putBackHalves(of group: [GroupMember]) {
    guard group.count > 1 else { return putBack(group) }
    let middle = (group.count + 1) / 2
    groups.append(Array(group[middle...]))
    groups.append(Array(group[..<middle]))
  }
}
