import ClientLib
import Synchronization

/// One connection of a generated run: takes places from the partitioner, generates their events and
/// publishes them.
struct PublishWorker {
  let producer: Producer
  let partitioner: WorkPartitioner
  let pace: Pace
  let record: RunRecord
  var generator: EventGenerator

  /// Publishes until no places are left, and waits for all acknowledgements.
  mutating func run() async throws(ProducerError) {
    var failure: ProducerError?
    await withDiscardingTaskGroup { group in
      do throws(ProducerError) {
        while let places = partitioner.next() {
          try await publish(places, &group)
        }
      } catch {
        partitioner.stop()
        failure = error
      }
    }
    if let failure { throw failure }
  }

  private mutating func publish(
    _ places: Range<UInt64>, _ group: inout DiscardingTaskGroup
  ) async throws(ProducerError) {
    var intended = ContinuousClock.now
    if let planned = pace.intended(places.lowerBound) {
      // Cancelled only when the run is over.
      if planned > intended { try? await Task.sleep(until: planned, clock: .continuous) }
      intended = planned
    }
    var next = places.lowerBound
    while next < places.upperBound {
      var batch = producer.makeBatch()
      while next < places.upperBound, try generator.append(place: next, to: &batch) { next += 1 }
      let published = ContinuousClock.now
      for part in try await producer.publish(batch).parts {
        record.sent(part.events)
        group.addTask { [record, intended] in
          await record.follow(part, intended: intended, published: published)
        }
      }
    }
  }
}

/// Assigns the places of a run's events to connections, a batch at a time. Every place is assigned once,
/// and the assigned places are always the first ones.
final class WorkPartitioner: Sendable {
  private let position = Atomic<UInt64>(0)
  private let isStopped = Atomic(false)
  private let count: UInt64
  private let batch: UInt64

  /// A partitioner of `count` places in batches of `batch`.
  init(count: UInt64, batch: UInt64) {
    precondition(batch > 0)
    self.count = count
    self.batch = batch
  }

  /// Returns the next places; nil when all are assigned or after `stop`.
  func next() -> Range<UInt64>? {
    guard !isStopped.load(ordering: .relaxed) else { return nil }
    var start = position.load(ordering: .relaxed)
    while start < count {
      let end = start + min(batch, count - start)
      let (exchanged, original) = position.compareExchange(expected: start, desired: end, ordering: .relaxed)
      if exchanged { return start..<end }
      start = original
    }
    return nil
  }

  /// Assigns no more places.
  func stop() { isStopped.store(true, ordering: .relaxed) }

  /// Number of places that were assigned.
  var assignedCount: UInt64 { position.load(ordering: .relaxed) }
}

/// Times at which events are intended to be sent: at a fixed rate from the start, or as soon as possible.
///
/// Latencies are measured from the intended time, not from sending, so a run that is late shows the wait in
/// its latencies.
struct Pace: Sendable {
  private let start: ContinuousClock.Instant
  /// Events per second; nil for no limit.
  private let rate: Double?

  init(start: ContinuousClock.Instant, rate: Double?) {
    precondition(rate.map { $0 > 0 } ?? true)
    self.start = start
    self.rate = rate
  }

  /// Intended time of the event at `place`; nil for at once.
  func intended(_ place: UInt64) -> ContinuousClock.Instant? {
    rate.map { start + .seconds(Double(place) / $0) }
  }
}
