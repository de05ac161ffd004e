import ClientLib
import Logging

/// One run: connects, publishes everything, waits for the acknowledgements, closes.
struct Run: Sendable {
  /// What came of it.
  struct Result: Sendable {
    var totals = RunRecord.Totals()
    /// Of all connections together.
    var traffic = Traffic()
    /// Different keys that were sent; nil when they came from a file.
    var uniqueExpected: UInt64?
    /// Whether nobody else can have stored these keys before.
    var hasFreshKeys = false
    /// From the first event to the last acknowledgement of the moment waited for.
    var elapsed = Duration.zero
    /// Lines that were no events.
    var badLines = 0
    var wasInterrupted = false
    /// Why not everything was done; nil when it was.
    var failure: RunFailure?
  }

  /// How long to wait at the end for what is not committed.
  static let closing = Duration.seconds(120)

  let plan: RunPlan
  let logger: Logger
  let stop: StopSignal
  /// Writes a line for people.
  let tell: @Sendable (String) -> Void

  /// Opens the connections, and waits until what an earlier run left in their spools is settled: it is not
  /// this run's.
  func connect() async throws(RunFailure) -> [Producer] {
    if let directory = plan.keeping.directory { try SpoolParent.make(directory) }
    var producers: [Producer] = []
    do throws(ProducerError) {
      for number in 0..<plan.connections {
        producers.append(
          try await Producer.connect(
            to: plan.endpoints.rotated(by: number), configuration: plan.configuration(ofConnection: number),
            logger: logger))
      }
      for producer in producers where producer.statistics.recovered > 0 { try await producer.flush() }
    } catch {
      throw RunFailure(error)
    }
    return producers
  }

  /// Publishes over the connections and closes them. The dealer says when a generated run ends.
  func publish(over producers: [Producer], dealer: PlaceDealer, record: RunRecord) async -> Result {
    let start = ContinuousClock.now
    var result = Result()
    switch plan.source {
    case .generator(let generator, _):
      await generate(
        generator, over: producers, record: record, start: start, dealer: dealer, into: &result)
    case .lines(let path, let strict):
      await pump(path, strict: strict, over: producers, record: record, into: &result)
    }
    await close(producers, into: &result)
    result.totals = record.totals
    result.elapsed = (record.lastMoment(plan.moment) ?? .now) - start
    for producer in producers { result.traffic.add(producer.statistics) }
    result.wasInterrupted = stop.isSet
    if result.failure == nil, let problem = result.totals.firstProblem {
      result.failure = RunFailure(
        .incomplete, "\(result.totals.refusedBatches) batches were not committed; the first: \(problem)")
    }
    return result
  }
}
