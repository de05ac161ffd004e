import ClientLib

/// Publishes the events of a file's lines, over several connections in turn.
struct LinePublisher: ~Copyable {
  /// Time that a partial batch waits for more lines of a slow input.
  private static let timeout = Duration.milliseconds(50)

  private let producers: [Producer]
  private let isStrict: Bool
  private let record: RunRecord
  private let stop: InterruptSignal
  private let tell: @Sendable (String) -> Void
  private var reader = EventLineReader()
  private var start = InputStart()
  private var splitter = LineSplitter()
  private var batch: EventBatch
  private var turn = 0
  /// Number of lines that are not events.
  private(set) var badLines = 0

  /// - Parameters:
  ///   - isStrict: whether the first bad line ends the run.
  ///   - tell: called with the problem of a line, for people.
  init(
    _ producers: [Producer], isStrict: Bool, record: RunRecord, stop: InterruptSignal,
    tell: @escaping @Sendable (String) -> Void
  ) {
    precondition(!producers.isEmpty)
    self.producers = producers
    self.isStrict = isStrict
    self.record = record
    self.stop = stop
    self.tell = tell
    batch = producers[0].makeBatch()
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
      case .bytes(let part): try await add(splitter.add(start.take(part)), &group)
      case .pause: try await publish(&group)
      case .end:
        try await add(splitter.add(start.finish()), &group)
        try await add(splitter.finish(), &group)
        return try await publish(&group)
      }
    }
    try await publish(&group)
  }

  private mutating func add(
    _ lines: LineSplitter.Lines, _ group: inout DiscardingTaskGroup
  ) async throws(RunFailure) {
    for (number, line) in lines.lines {
      do throws(LineProblem) {
        guard case .at(let range) = line else {
          throw LineProblem("longer than \(LineSplitter.longestLine) bytes")
        }
        if lines.bytes.isBlank(range) { continue }
        let event = try reader.read(lines.bytes.span.bytes.extracting(range))
        if try append(event, lines.bytes, range) { continue }
      } catch {
        try isBad(number, error)
        continue
      }
      try await publish(&group)
      try appendAgain(number, lines.bytes, range: line)
    }
  }

  /// Appends the event of a line that did not fit into the previous batch. The line was valid before.
  private mutating func appendAgain(
    _ number: Int, _ bytes: [UInt8], range line: LineSplitter.Line
  ) throws(RunFailure) {
    guard case .at(let range) = line else { return }
    do throws(LineProblem) {
      let event = try reader.read(bytes.span.bytes.extracting(range))
      let fits = try append(event, bytes, range)
      precondition(fits, "an empty batch takes an event or refuses it")
    } catch {
      try isBad(number, error)
    }
  }

  private mutating func append(
    _ event: EventLine, _ bytes: [UInt8], _ range: Range<Int>
  ) throws(LineProblem) -> Bool {
    do throws(ProducerError) {
      guard event.isCopied else { return try batch.append(event, of: bytes.span.bytes.extracting(range)) }
      let copy = reader.copy
      return try batch.append(event, of: copy.span.bytes)
    } catch {
      throw LineProblem(error.message)
    }
  }

  private mutating func isBad(_ number: Int, _ problem: LineProblem) throws(RunFailure) {
    badLines += 1
    tell("line \(number): \(problem)")
    guard !isStrict else { throw RunFailure(.input, "line \(number) is not an event: \(problem)") }
  }

  /// Publishes the events that were read so far.
  private mutating func publish(_ group: inout DiscardingTaskGroup) async throws(RunFailure) {
    guard !batch.isEmpty else { return }
    let producer = producers[turn]
    turn = (turn + 1) % producers.count
    var full = producers[turn].makeBatch()
    swap(&full, &batch)
    let intended = ContinuousClock.now
    do throws(ProducerError) {
      for part in try await producer.publish(full).parts {
        record.sent(part.events)
        group.addTask { [record] in await record.follow(part, intended: intended) }
      }
    } catch {
      throw RunFailure(error)
    }
  }
}

extension EventBatch {
  /// Appends an event with its parts in `line`; false when the batch is full.
  fileprivate mutating func append(_ event: EventLine, of line: RawSpan) throws(ProducerError) -> Bool {
    guard let payload = event.payload else {
      return try append(
        topic: line.extracting(event.topic), eventID: line.extracting(event.id), timestamp: event.timestamp,
        source: line.extracting(event.source), payload: nil)
    }
    return try append(
      topic: line.extracting(event.topic), eventID: line.extracting(event.id), timestamp: event.timestamp,
      source: line.extracting(event.source), payload: line.extracting(payload))
  }
}

extension [UInt8] {
  /// Whether the line has only spaces, tabs and carriage returns.
  fileprivate func isBlank(_ range: Range<Int>) -> Bool {
    self[range].allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
  }
}
