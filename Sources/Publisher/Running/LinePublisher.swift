import ClientLib

/// Publishes the events of a file's lines, over several connections in turn.
struct LinePublisher: ~Copyable {
  /// Time that a partial batch waits for more lines of a slow input.
  private static let timeout = Duration.milliseconds(50)

  private let stop: InterruptSignal
  private let tell: @Sendable (String) -> Void
  private var appender: LineAppender
  private var text = InputText()
  private var splitter: LineSplitter
  private var sender: BatchSender
  private var bad: BadLines

  /// - Parameters:
  ///   - appender: makes the events.
  ///   - bad: gets the lines that are refused.
  ///   - tell: called with lines for people.
  init(
    _ producers: [Producer], _ appender: LineAppender, _ bad: BadLines, record: RunRecord,
    stop: InterruptSignal, tell: @escaping @Sendable (String) -> Void
  ) {
    self.appender = appender
    splitter = LineSplitter(boundary: appender.boundary)
    self.bad = bad
    self.stop = stop
    self.tell = tell
    sender = BatchSender(producers, record)
  }

  /// Publishes until the file ends, and waits for all acknowledgements.
  mutating func run(_ file: InputFile) async throws(RunFailure) {
    var failure: RunFailure?
    await withDiscardingTaskGroup { group in
      do throws(RunFailure) {
        try await pump(file, &group)
      } catch {
        failure = error
        if error.status == .input { await publishRest(&group) }
      }
    }
    if let failure { throw failure }
  }

  /// Publishes the events before a line or part that cannot be read.
  private mutating func publishRest(_ group: inout DiscardingTaskGroup) async {
    do throws(RunFailure) {
      try await publish(&group)
    } catch {
      tell("the lines before it could not be published either: \(error)")
    }
  }

  private mutating func pump(_ file: InputFile, _ group: inout DiscardingTaskGroup) async throws(RunFailure) {
    while !stop.isSet {
      switch try await file.next(timeout: Self.timeout) {
      case .bytes(let part):
        try text.add(part)
        try await addText(&group)
      case .pause: try await publish(&group)
      case .end:
        try text.end()
        try await addText(&group)
        try await add(splitter.finish(), &group)
        return try await publish(&group)
      }
    }
    try await publish(&group)
  }

  /// Adds the text that has arrived.
  private mutating func addText(_ group: inout DiscardingTaskGroup) async throws(RunFailure) {
    while !stop.isSet, let piece = try text.next() { try await add(splitter.add(piece), &group) }
  }

  private mutating func add(
    _ lines: LineSplitter.Lines, _ group: inout DiscardingTaskGroup
  ) async throws(RunFailure) {
    for (number, line) in lines.lines {
      guard try !append(number, line, lines.bytes) else { continue }
      try await publish(&group)
      let fits = try append(number, line, lines.bytes)
      precondition(fits, "an empty batch takes an event or refuses it")
    }
  }

  /// Number of refused lines.
  var badLines: Int { bad.count }
  /// The first different problems of lines that became dead events.
  var deadReasons: [String] { appender.deadReasons }

  /// False when the batch has no room for the event of the line.
  private mutating func append(
    _ number: Int, _ line: LineSplitter.Line, _ bytes: [UInt8]
  ) throws(RunFailure) -> Bool {
    switch line {
    case .at(let range):
      let line = bytes.span.bytes.extracting(range)
      do throws(LineProblem) {
        return try appender.append(line, to: &sender.batch)
      } catch {
        try bad.refuse("line \(number)", error, line)
      }
    case .tooLong(let range):
      let beginning = bytes.span.bytes.extracting(range)
      do throws(LineProblem) {
        if number == 1, appender.boundary == .quotedLines { throw .tooLongHeader }
        return try appender.append(beginningOfTooLong: beginning, to: &sender.batch)
      } catch {
        try bad.refuse("line \(number)", error, beginning, isCut: true)
      }
    }
    return true
  }

  /// Publishes the events that were read so far.
  private mutating func publish(_ group: inout DiscardingTaskGroup) async throws(RunFailure) {
    try await sender.send(&group)
  }
}
