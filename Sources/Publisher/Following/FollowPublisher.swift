import ClientLib

/// Publishes the lines of files as they grow, until the run is stopped.
///
/// A position is written to the state file only after every line before it is committed. So a crash skips no line. The
/// lines after the position are sent again with the same ids, and the server counts them as duplicates.
struct FollowPublisher: ~Copyable {
  /// Time between two writes of the state file, unless there is a new file.
  private static let writeInterval = Duration.milliseconds(500)
  /// Pause in which a growing file collects lines for one batch.
  private static let pause = Duration.milliseconds(20)
  /// Time after which a stop is noticed, and files are looked at without a report of the system.
  private static let longestWait = Duration.milliseconds(250)

  private let follower: FileFollower
  private let progress: FollowProgress
  private let wait: Duration
  private let stop: InterruptSignal
  private let tell: @Sendable (String) -> Void
  private var appender: LineAppender
  private var sender: BatchSender
  /// Positions after the lines since the last batch.
  private var reached: [FileID: FilePosition] = [:]
  private var batches = 0
  private var written = ContinuousClock.now
  private var bad: BadLines

  /// Locks and reads the state file.
  /// - Parameters:
  ///   - appender: makes the events.
  ///   - bad: gets the lines that are refused.
  ///   - tell: called with lines for people.
  init(
    _ plan: FollowPlan, over producers: [Producer], _ appender: LineAppender, _ bad: BadLines,
    record: RunRecord, stop: InterruptSignal, tell: @escaping @Sendable (String) -> Void
  ) throws(RunFailure) {
    self.appender = appender
    self.bad = bad
    var positions = CommitPositions()
    follower = try FileFollower(plan, positions: &positions)
    progress = FollowProgress(positions)
    wait = plan.poll ?? Self.longestWait
    self.stop = stop
    self.tell = tell
    sender = BatchSender(producers, record)
  }

  /// Publishes until the run is stopped, waits for all acknowledgements, and writes the state file.
  mutating func run() async throws(RunFailure) {
    var failure: RunFailure?
    await withDiscardingTaskGroup { group in
      do throws(RunFailure) {
        try await follow(&group)
      } catch {
        failure = error
      }
    }
    do throws(RunFailure) {
      try await write()
    } catch {
      failure = failure ?? error
    }
    if let failure { throw failure }
  }

  private mutating func follow(_ group: inout DiscardingTaskGroup) async throws(RunFailure) {
    while !stop.isSet {
      let (notices, hasNewContent) = await follower.scan(progress.positions)
      for notice in notices { tell("sluice-publish: \(notice)") }
      if hasNewContent { try await write() }
      var hasRead = false
      while !stop.isSet, let lines = await follower.read() {
        hasRead = true
        try await add(lines, &group)
        try await writeWhenDue()
      }
      try await publish(&group)
      try await writeWhenDue()
      if let refusal = progress.refusal { throw RunFailure(refusal) }
      // A cancelled task stops at the next look at `stop`.
      if hasRead { try? await Task.sleep(for: Self.pause) }
      await waitForChange()
    }
    try await publish(&group)
  }

  /// Waits until a file changes, the time of a poll is over, or the run is stopped.
  private func waitForChange() async {
    var left = wait
    repeat {
      let part = min(left, Self.longestWait)
      await follower.waitForChange(milliseconds: CInt(clamping: Int64(part / .milliseconds(1))))
      left -= part
    } while left > .zero && !stop.isSet
  }

  private mutating func add(
    _ lines: FollowedLines, _ group: inout DiscardingTaskGroup
  ) async throws(RunFailure) {
    for line in lines.lines {
      guard try await !append(line, lines, &group) else { continue }
      stopBefore(line, lines)
      try await publish(&group)
      let fits = try await append(line, lines, &group)
      precondition(fits, "an empty batch takes an event or refuses it")
    }
    if let last = lines.lines.last { reached[lines.file] = lines.position(after: last.end) }
  }

  /// Lets the next batch end before this line.
  private mutating func stopBefore(_ line: FollowedLines.Line, _ lines: FollowedLines) {
    guard let range = line.range else { return }
    reached[lines.file] = lines.position(after: range.lowerBound)
  }

  /// Number of refused lines.
  var badLines: Int { bad.count }
  /// The first different problems of lines that became dead events.
  var deadReasons: [String] { appender.deadReasons }

  /// False when the batch has no room for the event of the line.
  private mutating func append(
    _ line: FollowedLines.Line, _ lines: FollowedLines, _ group: inout DiscardingTaskGroup
  ) async throws(RunFailure) -> Bool {
    guard let range = line.range else { return try await appendTooLong(line, lines, &group) }
    let place = LineAppender.Place(file: lines.file, offset: lines.offset(of: range))
    do throws(LineProblem) {
      return try appender.append(lines.bytes.span.bytes.extracting(range), at: place, to: &sender.batch)
    } catch {
      try await refuse(line, lines, error, &group)
      return true
    }
  }

  /// False when the batch has no room for the dead event of a line above the limit, whose bytes are not in memory.
  private mutating func appendTooLong(
    _ line: FollowedLines.Line, _ lines: FollowedLines, _ group: inout DiscardingTaskGroup
  ) async throws(RunFailure) -> Bool {
    let place = LineAppender.Place(file: lines.file, offset: lines.start + UInt64(line.end))
    let text = Array(Self.place(of: line, lines).utf8)
    do throws(LineProblem) {
      return try appender.append(beginningOfTooLong: text.span.bytes, at: place, to: &sender.batch)
    } catch {
      try await refuse(line, lines, error, &group)
      return true
    }
  }

  /// The place of a line for people.
  private static func place(of line: FollowedLines.Line, _ lines: FollowedLines) -> String {
    "\(lines.path), the line before byte \(lines.start + UInt64(line.end))"
  }

  private mutating func refuse(
    _ line: FollowedLines.Line, _ lines: FollowedLines, _ problem: LineProblem,
    _ group: inout DiscardingTaskGroup
  ) async throws(RunFailure) {
    do throws(RunFailure) {
      let range = line.range ?? line.end..<line.end
      let bytes = lines.bytes.span.bytes.extracting(range)
      try bad.refuse(Self.place(of: line, lines), problem, bytes, isCut: line.range == nil)
    } catch {
      stopBefore(line, lines)
      try await publish(&group)
      throw error
    }
  }

  /// Publishes the events that were read so far.
  private mutating func publish(_ group: inout DiscardingTaskGroup) async throws(RunFailure) {
    let positions = reached
    reached = [:]
    guard !sender.batch.isEmpty else { return progress.change { $0.pass(upTo: positions) } }
    batches += 1
    let batch = batches
    progress.change { $0.publish(batch: batch, upTo: positions) }
    try await sender.send(&group) { [progress] in progress.settle(batch, $0) }
  }

  private mutating func writeWhenDue() async throws(RunFailure) {
    guard .now - written >= Self.writeInterval, progress.takeChange() else { return }
    try await write()
  }

  private mutating func write() async throws(RunFailure) {
    let files = try await follower.write(progress.positions)
    progress.change { $0.keep(only: files) }
    written = .now
  }
}
