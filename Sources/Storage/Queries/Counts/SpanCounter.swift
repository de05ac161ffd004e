internal import PostgresClient
internal import StoreInterface

/// Counts events by the index of spans, a few groups at a time (`CountPlan`).
struct SpanCounter {
  /// The numbers of some groups, of which some events may be before the frontier.
  private struct Reading {
    let groups: [Int64]
    let times: ClosedRange<Int64>
    /// nil when there are too many numbers to keep: then the groups are read again.
    let numbers: [EventCounts.Key: Int64]?
  }

  private let transaction: SearchTransaction
  private let statements: CountStatements
  private let mostNumbers: Int
  private var cursor: SpanCursor
  private var plan: CountPlan
  private var readings: [Reading] = []
  private var counts = EventCounts()

  /// The most spans of a round. Those of buckets may list no event of the topic.
  private static let mostDrawn = 2_048

  /// Fetches the first spans of `query`.
  /// - Parameter mostNumbers: The most numbers of events before the frontier to keep.
  init(
    _ query: CountQuery, _ statements: CountStatements, mostNumbers: Int, in transaction: SearchTransaction
  ) throws(PostgresError) {
    self.transaction = transaction
    self.statements = statements
    self.mostNumbers = mostNumbers
    plan = CountPlan(over: query.times)
    let (since, until) = (query.times.lowerBound, query.times.upperBound)
    let selection = SpanCursor.Selection(
      source: SpanSource(query.filter.topic), conditions: ["max_ts >= $2", "min_ts < $3"],
      parameters: [EventConditions.bound(since), EventConditions.bound(until)], isDescending: true,
      isWanted: query.times.contains)
    cursor = try SpanCursor(selection, fetching: 256, atMost: 2_048, in: transaction)
  }

  /// Runs the count.
  mutating func run(within budget: SearchBudget, at pace: SearchPace) throws(PostgresError) -> EventCounts {
    var budget = budget
    var groupPace = GroupPace()
    while true {
      let started = ContinuousClock.now
      let next = try draw(atMost: groupPace.groups)
      let groupCount = plan.groupCount
      for part in plan.endRound(before: next?.times.upperBound) {
        guard try read(part) else { return tooMany() }
      }
      guard try settle() else { return tooMany() }
      let time = started.duration(to: .now)
      pace.spend(time, of: &budget)
      guard next != nil else { return counts }
      groupPace.read(groupCount, in: time, left: budget.stepLimit)
      let timeToStop = time / max(1, groupCount) * plan.openCount
      if plan.isProgress, budget.isSpent || budget.left < timeToStop { return try stop() }
    }
  }

  /// Draws the spans of the next round.
  /// - Returns: The next span that was not drawn; nil when none is left.
  private mutating func draw(atMost groupCount: Int) throws(PostgresError) -> SpanSearch.Span? {
    var drawn = 0
    while let span = try cursor.next() {
      guard plan.groupCount < groupCount, drawn < Self.mostDrawn else { return span }
      plan.draw(span)
      cursor.removeNext()
      drawn += 1
    }
    return nil
  }

  /// Reads a part. Numbers of groups are kept until all of their events are behind the frontier.
  /// - Returns: false when the part has too many numbers.
  private mutating func read(_ part: CountPart) throws(PostgresError) -> Bool {
    guard case .groups(let groups, let times) = part else { return try add(part) }
    var numbers: [EventCounts.Key: Int64]? = [:]
    let room = mostNumbers - readings.reduce(0) { $0 + ($1.numbers?.count ?? 0) }
    let isRead = try eachNumber(of: part) { count in
      numbers?[count.key, default: 0] += count.number
      if numbers?.count ?? 0 > room { numbers = nil }
    }
    readings.append(Reading(groups: groups, times: times, numbers: numbers))
    return isRead
  }

  /// Adds the numbers of all readings that have no event before the frontier.
  private mutating func settle() throws(PostgresError) -> Bool {
    let settled = readings.filter { $0.times.lowerBound >= plan.frontier }
    readings.removeAll { $0.times.lowerBound >= plan.frontier }
    for reading in settled {
      guard let numbers = reading.numbers else {
        guard try add(.groups(reading.groups, during: reading.times)) else { return false }
        continue
      }
      for (key, number) in numbers { counts.add(number, at: key.start, named: key.name) }
    }
    return true
  }

  /// Ends the count at the frontier: adds the numbers of the readings without their events before the frontier.
  private mutating func stop() throws(PostgresError) -> EventCounts {
    counts.searchedUntil = plan.frontier
    for reading in readings {
      guard var numbers = reading.numbers else {
        guard plan.frontier <= reading.times.upperBound else { continue }
        let later = CountPart.groups(reading.groups, during: plan.frontier...reading.times.upperBound)
        guard try add(later) else { return tooMany() }
        continue
      }
      let end = min(plan.frontier - 1, reading.times.upperBound)
      let earlier = CountPart.groups(reading.groups, during: reading.times.lowerBound...end)
      let isRead = try eachNumber(of: earlier) { numbers[$0.key, default: 0] -= $0.number }
      guard isRead else { return tooMany() }
      for (key, number) in numbers where number != 0 {
        assert(number > 0, "a part has no more events than the whole")
        counts.add(number, at: key.start, named: key.name)
      }
    }
    return counts
  }

  private mutating func add(_ part: CountPart) throws(PostgresError) -> Bool {
    var found: [CountRow] = []
    let isRead = try eachNumber(of: part) { found.append($0) }
    for count in found { counts.add(count.number, at: count.start, named: count.name) }
    return isRead
  }

  /// Passes the numbers of `part` to `body`. A part with too many numbers for one statement is divided.
  /// - Returns: false when a part that cannot be divided has too many.
  private func eachNumber(
    of part: CountPart, _ body: (CountRow) -> Void
  ) throws(PostgresError) -> Bool {
    var pieces = [part]
    while let piece = pieces.popLast() {
      if let found = try transaction.connection.query(statements.counts(of: piece)) {
        for count in found { body(count) }
        continue
      }
      let halves = piece.halves
      guard !halves.isEmpty else { return false }
      pieces += halves
    }
    return true
  }

  private func tooMany() -> EventCounts {
    var counts = counts
    counts.hasTooManyNumbers = true
    return counts
  }
}
