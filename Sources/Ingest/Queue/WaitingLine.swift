/// Batches in order of arrival, with the sums that tell whether they fill a group.
struct WaitingLine {
  /// Those before `head` are gone.
  private var batches: [IngestBatch?] = []
  private var head = 0
  /// Events of all of them.
  private(set) var events = 0
  /// Raw bytes of all of them.
  private(set) var bytes = 0
  /// How many of them somebody awaits an answer to.
  private(set) var awaited = 0

  var isEmpty: Bool { head == batches.count }

  mutating func append(_ batch: IngestBatch) {
    batches.append(batch)
    events += batch.received
    bytes += batch.byteCount
    if batch.isAwaited { awaited += 1 }
  }

  /// Whether waiting longer could not make a group of these limits larger.
  func fills(_ limits: GroupLimits) -> Bool {
    events >= limits.events || bytes >= limits.bytes
  }

  /// Removes as many of the oldest as fit a group, at least one. There must be one.
  mutating func takeGroup(_ limits: GroupLimits) -> [IngestBatch] {
    precondition(!isEmpty)
    var group: [IngestBatch] = []
    var groupEvents = 0
    var groupBytes = 0
    while head < batches.count, let batch = batches[head] {
      let fits = groupEvents + batch.received <= limits.events && groupBytes + batch.byteCount <= limits.bytes
      guard fits || group.isEmpty else { break }
      batches[head] = nil
      head += 1
      groupEvents += batch.received
      groupBytes += batch.byteCount
      if batch.isAwaited { awaited -= 1 }
      group.append(batch)
    }
    events -= groupEvents
    bytes -= groupBytes
    if 2 * head >= batches.count {
      batches.removeFirst(head)
      head = 0
    }
    return group
  }
}
