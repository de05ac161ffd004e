import HTTPTypes
import Hummingbird
import Ingest
import InsertFormats
import StoreInterface
internal import TextFormats
import WireProtocol

/// `POST /insert/elasticsearch/_bulk`: takes documents as Elasticsearch does, and answers for each.
struct BulkRoute: InsertRoute {
  /// Most items of a request. The answer has some hundred bytes for each.
  static let mostItems = 200_000

  let path: String
  let method: HTTPRequest.Method
  let summary = "store the documents of a bulk request of Elasticsearch"
  private let requests: InsertRequests

  /// Creates the routes with and without an index in the path. Elasticsearch takes POST and PUT, and its clients for
  /// Python send PUT.
  static func all(_ requests: InsertRequests) -> [any Route] {
    ["/insert/elasticsearch/_bulk", "/insert/elasticsearch/{index}/_bulk"].flatMap { path in
      [HTTPRequest.Method.post, .put].map { BulkRoute(path: path, method: $0, requests: requests) }
    }
  }

  private static let types = [
    "application/x-ndjson", "application/json", "application/vnd.elasticsearch+x-ndjson",
    "application/vnd.elasticsearch+json",
  ]

  func insert(_ request: Request, in context: AdminContext) async throws -> Response {
    let start = ContinuousClock.now
    try InsertContent.check(request, isOneOf: Self.types)
    let rule = try Self.rule(of: request)
    let index = try context.parameters.get("index").map { _ throws(Problem) in try context.pathName("index") }
    let outcome = try await requests.insert(request, in: context, by: .bulk) {
      bytes, collector throws(Problem) in
      try Self.read(bytes, rule, index: Array((index ?? "").utf8), into: &collector)
    }
    let stored = await storedItems(of: outcome)
    var answer = BulkAnswer()
    for (number, item) in outcome.reading.value.enumerated() {
      answer.add(item.action, id: item.action.id, item.result(isStored: stored[number]))
    }
    let took = (ContinuousClock.now - start) / .milliseconds(1)
    return .bytes(
      answer.finish(milliseconds: Int(took)), type: ContentType.json.rawValue, headers: .elasticsearch)
  }

  func answer(to problem: Problem, _ request: Request) -> Response {
    var headers = problem.headers
    headers.append(contentsOf: HTTPFields.elasticsearch)
    let type =
      problem.status.code == 429 || problem.status.code == 503
      ? "es_rejected_execution_exception" : "illegal_argument_exception"
    return .bytes(
      BulkAnswer.error(status: problem.status.code, type: type, reason: problem.detail),
      type: ContentType.json.rawValue, status: problem.status, headers: headers)
  }

  private static func rule(of request: Request) throws(Problem) -> DocumentRule {
    let parameters = QueryParameters(request)
    return DocumentRule(
      timeField: try parameters.eventName("_time_field"),
      sourceField: try parameters.eventName("_source_field"), topic: try parameters.eventName("topic"),
      source: try parameters.eventName("source"),
      fallbackSource: product(of: request.headers[.userAgent]) ?? DocumentRule.standardSource)
  }

  /// Returns the name of the first product of a `User-Agent` field (RFC 9110, section 10.1.5); nil without one.
  private static func product(of userAgent: String?) -> String? {
    let name = (userAgent ?? "").prefix { $0 != "/" && $0 != " " && $0 != "(" }
    return name.isEmpty ? nil : String(name.prefix(255))
  }
}

/// An item of a bulk request that was read.
struct BulkEntry: Sendable {
  /// The action, with the event id that its document got.
  let action: BulkAction
  /// The topic that its document got.
  let topic: [UInt8]
  /// The fate of its document; nil for an action that Sluice does not have.
  let taken: InsertCollector.Taken?

  /// Returns the result of the item.
  /// - Parameter isStored: Whether its batch stored it; nil when that is not known.
  func result(isStored: Bool?) -> BulkAnswer.Result {
    switch (taken, isStored) {
    case (nil, _): .unsupported
    case (.dead(let reason), _): .dead(reason)
    case (.event, true): .created
    case (.event, false): .known
    case (.event, nil): .repeated
    }
  }
}

extension BulkRoute {
  private static func read(
    _ bytes: RawSpan, _ rule: DocumentRule, index: [UInt8], into collector: inout InsertCollector
  ) throws(Problem) -> [BulkEntry] {
    let text = try BodyText.range(of: bytes)
    var items = BulkReader(text, index: index)
    var documents = DocumentReader(rule, now: .now)
    var entries: [BulkEntry] = []
    do throws(InsertFormatError) {
      while let item = try items.next(in: bytes) {
        guard entries.count <= mostItems,
          let entry = entry(of: item, bytes, &documents, into: &collector)
        else { break }
        entries.append(entry)
      }
    } catch {
      throw .malformedBody(error)
    }
    guard entries.count <= mostItems else { throw .tooManyItems }
    return entries
  }

  /// Returns the entry of an item; nil when the collector takes no more.
  private static func entry(
    of item: BulkItem, _ bytes: RawSpan, _ documents: inout DocumentReader,
    into collector: inout InsertCollector
  ) -> BulkEntry? {
    guard item.action.kind.stores, let document = item.document else {
      return BulkEntry(action: item.action, topic: [], taken: nil)
    }
    let isTaken: Bool
    do throws(InsertFormatError) {
      try documents.read(document, of: item.action, in: bytes)
      isTaken = collector.take(documents.event, from: document)
    } catch {
      isTaken = collector.reject(document, of: bytes, topic: item.action.index, because: error.message)
    }
    guard isTaken else { return nil }
    var action = item.action
    if !collector.lastID.isEmpty { action.id = collector.lastID }
    return BulkEntry(action: action, topic: documents.event.topic, taken: collector.last)
  }

  /// Returns for each item whether its batch stored it; nil when that is not known.
  private func storedItems(of outcome: InsertRequests.Outcome<[BulkEntry]>) async -> [Bool?] {
    let entries = outcome.reading.value
    var stored = [Bool?](repeating: nil, count: entries.count)
    var members = [[Int]](repeating: [], count: outcome.batches.count)
    for (number, entry) in entries.enumerated() {
      if case .event(let place) = entry.taken { members[place.batch].append(number) }
    }
    for (batch, numbers) in zip(outcome.batches, members) {
      guard let counts = batch.outcome.counts else { continue }
      if Int(counts.unique) == numbers.count {
        for number in numbers { stored[number] = true }
      } else if counts.unique == 0 {
        for number in numbers { stored[number] = false }
      } else {
        await look(numbers, of: batch, entries, into: &stored)
      }
    }
    return stored
  }

  /// Asks the store which items a batch stored, because it stored some of them alone.
  private func look(
    _ numbers: [Int], of batch: SettledBatch, _ entries: [BulkEntry], into stored: inout [Bool?]
  ) async {
    let keys = numbers.map { entries[$0].key }
    guard let positions = try? await requests.queries.positions(of: keys, storedBy: batch.key) else { return }
    var seen: Set<EventKey> = []
    for (position, number) in numbers.enumerated() {
      // Of equal keys the first one was stored.
      stored[number] = seen.insert(keys[position]).inserted && positions.contains(position)
    }
  }
}

extension BulkEntry {
  /// The key of the event.
  fileprivate var key: EventKey {
    EventKey(
      topic: String(decoding: topic, as: UTF8.self),
      eventID: String(decoding: action.id ?? [], as: UTF8.self))
  }
}

extension HTTPFields {
  /// The field by which the clients of Elasticsearch recognise a server.
  static let elasticsearch: HTTPFields = [.elasticProduct: "Elasticsearch"]
}

extension HTTPField.Name {
  fileprivate static let elasticProduct: HTTPField.Name = {
    guard let name = HTTPField.Name("X-Elastic-Product") else { preconditionFailure("a name of a field") }
    return name
  }()
}

extension Problem {
  /// More items than an answer can have.
  fileprivate static let tooManyItems = Problem(
    status: .contentTooLarge, kind: .batchTooLarge,
    detail: "A bulk request can have at most \(BulkRoute.mostItems) items. Send fewer in a request.")
}
