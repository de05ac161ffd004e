import ClientLib
import Logging

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// One run: connects, publishes everything, waits for the acknowledgements and closes.
struct Run: Sendable {
  /// Result of a run.
  struct Result: Sendable {
    var totals = RunRecord.Totals()
    /// Traffic of all connections together.
    var traffic = Traffic()
    /// Number of unique keys that were sent; nil when the events came from a file.
    var uniqueExpected: UInt64?
    /// Whether no other program can have stored these keys before.
    var hasFreshKeys = false
    /// Time from the start to the last acknowledgement of the moment in the plan.
    var elapsed = Duration.zero
    /// Number of lines that are not events.
    var badLines = 0
    /// The first different problems of lines that this run made dead events of.
    var deadReasons: [String] = []
    var wasInterrupted = false
    /// Why the run did not do everything; nil when it did.
    var failure: RunFailure?
    /// Identities of the connections.
    var producers: [Producer.Identity] = []
  }

  /// Time that closing waits for commits. After it, the run fails.
  static let closing = Duration.seconds(120)
  /// Time after an interrupt before the wait is reported.
  private static let quietly = Duration.milliseconds(500)

  let plan: RunPlan
  let logger: Logger
  let stop: InterruptSignal
  /// Writes a line for people.
  let tell: @Sendable (String) -> Void

  /// Opens the connections. Waits until the batches that an earlier run left in their spools are settled,
  /// because they do not count as batches of this run.
  func connect() async throws(RunFailure) -> [Producer] {
    if let directory = plan.buffering.directory { try SpoolParent.make(directory) }
    var producers: [Producer] = []
    do throws(ProducerError) {
      for number in 0..<plan.connections {
        producers.append(
          try await Producer.connect(
            to: plan.endpoints(ofConnection: number), configuration: plan.configuration(ofConnection: number),
            logger: logger))
      }
      for producer in producers where producer.statistics.recovered > 0 { try await producer.flush() }
    } catch {
      throw RunFailure(error)
    }
    return producers
  }

  /// Publishes over the connections and closes them. The partitioner decides when a generated run ends.
  func publish(over producers: [Producer], partitioner: WorkPartitioner, record: RunRecord) async -> Result {
    let start = ContinuousClock.now
    var result = Result()
    // Cancelled when this function returns.
    async let _: Void = boundInterrupt(producers, record)
    switch plan.source {
    case .generator(let generator, _):
      await generate(
        generator, over: producers, record: record, start: start, partitioner: partitioner, into: &result)
    case .lines(let path): await pump(path, over: producers, record: record, into: &result)
    case .follow(let files): await follow(files, over: producers, record: record, into: &result)
    }
    await close(producers, into: &result)
    result.totals = record.totals
    result.elapsed = (record.lastMoment(plan.moment) ?? .now) - start
    for producer in producers { result.traffic.add(producer.statistics) }
    result.producers = producers.flatMap(\.identities)
    result.wasInterrupted = stop.isSet
    if result.failure == nil, let problem = result.totals.firstProblem {
      result.failure = RunFailure(
        .incomplete, "\(result.totals.refusedBatches) batches were not committed; the first: \(problem)")
    }
    let losses = producers.reduce(0) { $0 + $1.statistics.lineageLosses }
    if result.failure == nil, losses > 0 {
      result.failure = RunFailure(
        .incomplete,
        """
        LINEAGE_LOSS was reported \(losses) times: the database was replaced or is in an earlier state, so \
        events that were acknowledged before may be gone; publish them again, because events that are still \
        stored count as duplicates
        """)
    }
    return result
  }

  /// After an interrupt: reports the wait for commits, and closes the connections after `plan.stopWait`.
  private func boundInterrupt(_ producers: [Producer], _ record: RunRecord) async {
    await stop.wait()
    let end = ContinuousClock.now + plan.stopWait
    // Mostly everything is committed within this time, so no line is needed.
    guard await sleep(until: min(end, .now + Self.quietly)) else { return }
    let totals = record.totals
    let waiting = totals.batches - min(totals.batches, totals.settledBatches)
    if waiting > 0 {
      tell(
        "sluice-publish: interrupted; \(waiting) batches are not committed yet. The run waits for them "
          + "for \(plan.stopWait) at most (--stop-wait); interrupt again to end at once")
    }
    guard await sleep(until: end) else { return }
    for producer in producers {
      // The run reports unsettled batches itself.
      try? await producer.close(deadline: .zero)
    }
  }

  /// False when the run is over.
  private func sleep(until end: ContinuousClock.Instant) async -> Bool {
    try? await Task.sleep(until: end, clock: .continuous)
    return !Task.isCancelled
  }
}

extension Run {
  /// Publishes generated events, each connection on its own task.
  func generate(
    _ generator: EventGenerator, over producers: [Producer], record: RunRecord,
    start: ContinuousClock.Instant, partitioner: WorkPartitioner, into result: inout Result
  ) async {
    let pace = Pace(start: start, rate: plan.rate)
    result.failure = await withTaskGroup(of: ProducerError?.self) { group in
      for producer in producers {
        group.addTask {
          var worker = PublishWorker(
            producer: producer, partitioner: partitioner, pace: pace, record: record, generator: generator)
          do throws(ProducerError) {
            try await worker.run()
            return nil
          } catch {
            return error
          }
        }
      }
      return await group.reduce(nil) { $0 ?? $1 }
    }.map { RunFailure($0) }
    result.uniqueExpected = generator.originals(among: partitioner.assignedCount)
    result.hasFreshKeys = plan.hasFreshKeys
  }

  /// Publishes the lines of a file.
  func pump(
    _ path: String, over producers: [Producer], record: RunRecord, into result: inout Result
  ) async {
    do throws(RunFailure) {
      let file = try InputFile(path)
      var pump = LinePublisher(
        producers, appender(requiresID: true), try BadLines(plan.badLines, tell: tell), record: record,
        stop: stop, tell: tell)
      defer { (result.badLines, result.deadReasons) = (pump.badLines, pump.deadReasons) }
      try await pump.run(file)
    } catch {
      result.failure = error
    }
  }

  /// Publishes the lines of files as they grow, until the run is stopped.
  func follow(
    _ files: FollowPlan, over producers: [Producer], record: RunRecord, into result: inout Result
  ) async {
    do throws(RunFailure) {
      var publisher = try FollowPublisher(
        files, over: producers, appender(requiresID: false), try BadLines(plan.badLines, tell: tell),
        record: record, stop: stop, tell: tell)
      defer { (result.badLines, result.deadReasons) = (publisher.badLines, publisher.deadReasons) }
      try await publisher.run()
    } catch {
      result.failure = error
    }
  }

  private func appender(requiresID: Bool) -> LineAppender {
    LineAppender(plan.format, requiresID: requiresID, makesDead: plan.badLines.action == .dead)
  }

  /// Closes the connections. Unsettled batches are a failure of the run.
  func close(_ producers: [Producer], into result: inout Result) async {
    for producer in producers {
      do throws(ProducerError) {
        try await producer.close(deadline: Self.closing)
      } catch {
        if result.failure == nil { result.failure = RunFailure(error) }
      }
    }
  }
}

extension [Endpoint] {
  /// The same endpoints from another start, so that connections spread over them.
  func rotated(by places: Int) -> [Endpoint] {
    let start = places % count
    return Array(self[start...] + self[..<start])
  }
}

/// Directory that has the spools of all connections.
enum SpoolParent {
  /// Creates the directory for its owner only, unless it exists.
  static func make(_ path: String) throws(RunFailure) {
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
      throw RunFailure(.input, "cannot make \(path): \(String(cString: strerror(errno)))")
    }
  }
}
