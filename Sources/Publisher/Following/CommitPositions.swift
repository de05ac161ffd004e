/// The position up to which each followed file is committed. Batches may be settled in any order; the position of a
/// file rises only over batches that are settled without a gap.
struct CommitPositions {
  private struct Step {
    let batch: Int
    let position: FilePosition
    var isSettled: Bool
  }

  /// Positions after batches that are not settled, and after settled ones behind those, in reading order.
  private var steps: [FileID: [Step]] = [:]
  private var filesOfBatch: [Int: [FileID]] = [:]
  private var committed: [FileID: FilePosition] = [:]
  /// Whether a position changed since the last call of `takeChange`.
  private var hasChanged = false

  /// The position of a file up to which everything is committed; nil for an unknown file.
  subscript(_ id: FileID) -> FilePosition? { committed[id] }

  /// Whether every line of the file that was passed on is committed.
  func isSettled(_ id: FileID) -> Bool { steps[id] == nil }

  /// Begins a file, or a new content, at a position.
  mutating func begin(_ id: FileID, at position: FilePosition) {
    guard committed[id] == nil else { return }
    committed[id] = position
  }

  /// Records that the lines up to these positions went on with a batch.
  mutating func publish(batch: Int, upTo positions: [FileID: FilePosition]) {
    assert(filesOfBatch[batch] == nil, "a batch has its own number")
    filesOfBatch[batch] = Array(positions.keys)
    for (id, position) in positions {
      steps[id, default: []].append(Step(batch: batch, position: position, isSettled: false))
    }
  }

  /// Records that the lines up to these positions have no event that waits for a commit.
  mutating func pass(upTo positions: [FileID: FilePosition]) {
    for (id, position) in positions {
      steps[id, default: []].append(Step(batch: -1, position: position, isSettled: true))
      advance(id)
    }
  }

  /// Records the commit of a batch.
  mutating func settle(batch: Int) {
    guard let files = filesOfBatch.removeValue(forKey: batch) else {
      return assertionFailure("a batch is settled once")
    }
    for id in files {
      if let index = steps[id]?.firstIndex(where: { $0.batch == batch }) {
        steps[id]?[index].isSettled = true
      }
      advance(id)
    }
  }

  /// Forgets the positions of other files than these, unless lines of them wait for a commit.
  mutating func keep(only files: Set<FileID>) {
    committed = committed.filter { files.contains($0.key) || steps[$0.key] != nil }
  }

  /// Returns whether a position changed since the last call.
  mutating func takeChange() -> Bool {
    defer { hasChanged = false }
    return hasChanged
  }

  private mutating func advance(_ id: FileID) {
    guard let waiting = steps[id] else { return }
    let settled = waiting.prefix { $0.isSettled }
    guard let last = settled.last else { return }
    assert(last.position.offset >= committed[id]?.offset ?? 0, "a position never falls")
    committed[id] = last.position
    hasChanged = true
    steps[id] = settled.count == waiting.count ? nil : Array(waiting.dropFirst(settled.count))
  }
}
