import ClientLib

/// One connection of a generated run: takes places from the dealer, makes their events, publishes them.
struct Lane {
  let producer: Producer
  let dealer: PlaceDealer
  let pace: Pace
  let record: RunRecord
  var generator: EventGenerator

  /// Publishes until nothing is dealt any more, and waits for all acknowledgements.
  mutating func run() async throws(ProducerError) {
    var failure: ProducerError?
    await withDiscardingTaskGroup { group in
      do throws(ProducerError) {
        while let places = dealer.deal() {
          try await publish(places, &group)
        }
      } catch {
        dealer.stop()
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
      // Cancelled only when the run is over anyway.
      if planned > intended { try? await Task.sleep(until: planned, clock: .continuous) }
      intended = planned
    }
    var next = places.lowerBound
    while next < places.upperBound {
      var batch = producer.makeBatch()
      while next < places.upperBound, try generator.append(place: next, to: &batch) { next += 1 }
      let events = batch.count
      let receipt = try await producer.publish(batch)
      record.sent(events)
      group.addTask { [record, intended] in await record.follow(receipt, events: events, intended: intended) }
    }
  }
}
