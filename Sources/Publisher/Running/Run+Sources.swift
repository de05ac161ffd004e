import ClientLib

extension Run {
  /// Publishes generated events, each connection on a task of its own.
  func generate(
    _ generator: EventGenerator, over producers: [Producer], record: RunRecord,
    start: ContinuousClock.Instant, dealer: PlaceDealer, into result: inout Result
  ) async {
    let pace = Pace(start: start, rate: plan.rate)
    result.failure = await withTaskGroup(of: ProducerError?.self) { group in
      for producer in producers {
        group.addTask {
          var lane = Lane(
            producer: producer, dealer: dealer, pace: pace, record: record, generator: generator)
          do throws(ProducerError) {
            try await lane.run()
            return nil
          } catch {
            return error
          }
        }
      }
      return await group.reduce(nil) { $0 ?? $1 }
    }.map { RunFailure($0) }
    result.uniqueExpected = generator.originals(among: dealer.dealt)
    result.hasFreshKeys = plan.hasFreshKeys
  }

  /// Publishes the lines of a file.
  func pump(
    _ path: String, strict: Bool, over producers: [Producer], record: RunRecord, into result: inout Result
  ) async {
    do throws(RunFailure) {
      let file = try InputFile(path)
      var pump = LinePump(producers, isStrict: strict, record: record, stop: stop, tell: tell)
      defer { result.badLines = pump.badLines }
      try await pump.run(file)
    } catch {
      result.failure = error
    }
  }

  /// Closes the connections; what is left then is a failure.
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
  /// The same endpoints, beginning with another one, so that connections spread over them.
  func rotated(by places: Int) -> [Endpoint] {
    let start = places % count
    return Array(self[start...] + self[..<start])
  }
}
