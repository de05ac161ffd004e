/// The figures of one moment of `sluice top`.
struct TopFigures: Sendable {
  /// A list of the busiest topics or producers.
  struct Busy: Hashable, Sendable {
    struct Row: Hashable, Sendable {
      let name: String
      /// Events per second; nil when it is not known yet.
      let perSecond: Double?
      /// Events in all; nil when it is not known.
      let events: Int?
    }

    var rows: [Row] = []
    /// The reason why there are no rows; nil when there are rows, or nothing to show.
    var note: String?
    /// The rows among which these are the busiest; nil when these are the busiest of all.
    var isOfLatest: Int?
  }

  var address = ""
  var server: ServerFigures
  var topics = Busy()
  var producers = Busy()
  /// Received events per second in each of the last seconds, oldest first.
  var recent: [Double?] = []
  /// The reason why these figures are old; nil when they are not.
  var problem: String?

  init(server: ServerFigures) {
    self.server = server
  }
}

/// Rates of producers from their counts at two moments. Pure.
struct ProducerRates: Sendable {
  private var counts: [String: Int] = [:]
  private var last: Duration?

  /// Takes the producers of a moment.
  /// - Parameters:
  ///   - producers: The identity, the name and the received events of each producer.
  ///   - time: The moment, on any clock that only goes forward.
  /// - Returns: The producers that sent events since the last moment, the busiest first; all of them at the first
  ///   moment, without rates.
  mutating func take(
    _ producers: [(id: String, name: String, received: Int)], at time: Duration
  ) -> [TopFigures.Busy.Row] {
    let seconds = last.map { max(0.001, (time - $0) / .seconds(1)) }
    defer {
      counts = Dictionary(producers.map { ($0.id, $0.received) }) { $1 }
      last = time
    }
    return producers.map { producer in
      // A producer that was not listed before may have sent its events long ago.
      let rate = counts[producer.id].flatMap { former -> Double? in
        // A smaller count is that of a producer that was forgotten and came again.
        guard producer.received >= former else { return nil }
        return seconds.map { (Double(producer.received) - Double(former)) / $0 }
      }
      return TopFigures.Busy.Row(name: producer.name, perSecond: rate, events: producer.received)
    }.filter { $0.perSecond != 0 }.sorted {
      ($1.perSecond ?? 0, $1.events ?? 0, $0.name) < ($0.perSecond ?? 0, $0.events ?? 0, $1.name)
    }
  }
}
