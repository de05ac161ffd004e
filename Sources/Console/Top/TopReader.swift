/// Reads the figures of `sluice top` from a server.
struct TopReader: Sendable {
  let server: ServerClient
  private var rates = ProducerRates()
  private let begin = ContinuousClock.now

  /// The seconds of history that the screen shows.
  private static let recentSeconds = 60
  /// The seconds over which the rates of topics are measured.
  private static let topicSeconds = 10
  private static let mostProducers = 200

  init(_ server: ServerClient) {
    self.server = server
  }

  /// Reads the figures of this moment.
  /// - Throws: The failure of the request for `/stats`. Failures of the others become notes on the screen.
  mutating func read() async throws(CommandFailure) -> TopFigures {
    var figures = TopFigures(server: ServerFigures(try await server.json(RequestTarget("stats"))))
    figures.address = "\(server.settings.address)"
    await readTopics(&figures)
    await readProducers(&figures)
    return figures
  }

  private func readTopics(_ figures: inout TopFigures) async {
    do throws(CommandFailure) {
      let answer = try await server.answer(
        to: RequestTarget("history").adding("since", "-\(Self.recentSeconds)s"))
      guard answer.status != 404 else { return try await readStoredTopics(&figures) }
      let history = ServerHistory(try answer.json(from: server.settings))
      guard let series = history.series.first else { return }
      figures.recent = series.values("received").suffix(Self.recentSeconds / series.interval).map {
        $0.map { $0 / Double(series.interval) }
      }
      figures.topics.rows = series.busiestTopics(last: Self.topicSeconds).map {
        TopFigures.Busy.Row(name: $0.name, perSecond: $0.perSecond, events: nil)
      }
    } catch {
      figures.topics.note = Self.note(error)
    }
  }

  /// Reads the topics with the most stored events, of a server without `/history`.
  private func readStoredTopics(_ figures: inout TopFigures) async throws(CommandFailure) {
    let target = RequestTarget("topics").adding("order", "events").adding("limit", "50")
    figures.topics.rows = (try await server.json(target)["topics"]?.elements ?? []).map {
      TopFigures.Busy.Row(name: $0["topic"]?.text ?? "", perSecond: nil, events: $0["events"]?.integer)
    }
  }

  private mutating func readProducers(_ figures: inout TopFigures) async {
    do throws(CommandFailure) {
      let target = RequestTarget("producers").adding("order", "seen").adding("limit", "\(Self.mostProducers)")
      let answer = try await server.json(target)
      figures.producers.rows = rates.take(Self.producers(in: answer), at: .now - begin)
      if answer["next_cursor"]?.text != nil { figures.producers.isOfLatest = Self.mostProducers }
    } catch {
      figures.producers.note = Self.note(error)
    }
  }

  /// Returns the producers, and the senders of requests to the HTTP port, each with its received events.
  static func producers(in answer: JSONValue) -> [(id: String, name: String, received: Int)] {
    let registered = (answer["producers"]?.elements ?? []).map { row in
      let id = row["producer"]?.text ?? ""
      let name = row["name"]?.text ?? ""
      return (id, name.isEmpty ? id : name, row["received"]?.integer ?? 0)
    }
    let requests = (answer["http_publishers"]?.elements ?? []).map { row in
      let name = row["name"]?.text ?? ""
      return ("http \(row["by"]?.text ?? "") \(name)", "\(name) (HTTP)", row["received"]?.integer ?? 0)
    }
    return (registered + requests).map { (id: $0.0, name: $0.1, received: $0.2) }
  }

  private static func note(_ failure: CommandFailure) -> String {
    failure.status == .noAccess ? "this key may not read it" : failure.description
  }
}
