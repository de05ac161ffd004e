import EventMapping
import HTTPTypes
import Hummingbird
import Ingest
import Principals
internal import TextFormats
import WireProtocol

/// `POST /insert/jsonline`: takes JSON lines of any form, and makes events of them by a mapping.
struct JSONLinesRoute: Route {
  let path = "/insert/jsonline"
  let method = HTTPRequest.Method.post
  let access = RouteAccess.role(.publish)
  let summary = "store JSON lines by a mapping"

  private let requests: InsertRequests
  private let limits: EventLimits
  /// The words of the named mappings.
  private let mappings: [String: [(name: String, value: String)]]

  /// - Parameter mappings: The mappings that requests may name. Their words were checked when they were read.
  init(_ requests: InsertRequests, limits: EventLimits, mappings: [String: MappingText]) {
    self.requests = requests
    self.limits = limits
    self.mappings = mappings.mapValues { mapping in
      do throws(MappingError) {
        return try mapping.words()
      } catch {
        preconditionFailure("a named mapping is checked when the configuration is read: \(error)")
      }
    }
  }

  /// The parameter that names a mapping of the configuration.
  private static let nameParameter = "mapping"

  /// The media types of bodies with one value on each line.
  private static let lines = MediaType.lines + [MediaType(name: "text/plain", parameters: [:])]
  /// The source of events of a mapping that names none.
  private static let standardSource = "http"

  func respond(to request: Request, in context: AdminContext) async throws -> Response {
    _ = try request.negotiated([.json])
    let form = try Self.form(of: request)
    let mapping = try mapping(of: request)
    let outcome = try await requests.insert(request, in: context, by: .jsonLines) {
      [limits] bytes, collector throws(Problem) in
      var reader = JSONLinesReader(mapping, limits: limits, now: .now)
      try reader.read(bytes, as: form, into: &collector)
      if mapping.onError == .refuse, reader.faults.badEvents > 0 { throw .refusedLines(reader.faults) }
      return reader.faults
    }
    return .json(JSONLinesAnswer(outcome))
  }

  private static func form(of request: Request) throws(Problem) -> JSONLinesReader.Form {
    guard let type = InsertContent.mediaType(of: request), type.isUTF8,
      type.hasName(of: MediaType.published + lines)
    else { throw .unsupportedInsertType(MediaType.published.map(\.name) + ["text/plain"]) }
    return type.hasName(of: lines) ? .lines : .json
  }

  /// Reads the words of the query, those of the field `Sluice-Mapping` that the query does not have, and those of the
  /// named mapping that neither has.
  private func mapping(of request: Request) throws(Problem) -> EventMapping {
    let query = try QueryParameters(request).decoded()
    let field = try Self.words(of: request.headers[.sluiceMapping])
    var words = query.filter { $0.name != Self.nameParameter }
    words += field.filter { word in !query.contains { $0.name == word.name } }
    if let name = try QueryParameters(request).value(Self.nameParameter) {
      let named = try namedWords(name)
      words += named.filter { word in !words.contains { $0.name == word.name } }
    }
    do throws(MappingError) {
      return try EventMapping(words: words, source: Self.standardSource)
    } catch {
      let isInField = field.contains { $0.name == error.word }
      guard isInField, !query.contains(where: { $0.name == error.word }) else {
        throw .badParameter(error.word, error.message)
      }
      throw .badField("Sluice-Mapping", "\(error.word): \(error.message)")
    }
  }

  /// Returns the words of the field `Sluice-Mapping`, which has the form of a query; none without the field.
  private static func words(of field: String?) throws(Problem) -> [(name: String, value: String)] {
    guard let field else { return [] }
    do throws(Problem) {
      return try QueryParameters(query: field).decoded()
    } catch {
      throw .badField("Sluice-Mapping", error.errors.first?.detail ?? error.detail)
    }
  }

  /// Returns the words of a mapping in the configuration.
  private func namedWords(_ name: String) throws(Problem) -> [(name: String, value: String)] {
    guard let words = mappings[name] else {
      let hint = NearestName.of(name, among: mappings.keys).map { " Did you mean \($0)?" } ?? ""
      throw .badParameter(
        Self.nameParameter, "The configuration has no http.mappings.\(PeerText.printable(name)).\(hint)")
    }
    return words
  }
}

/// The answer to a request of JSON lines.
struct JSONLinesAnswer: JSONWritable {
  private let outcome: InsertRequests.Outcome<FaultList>

  init(_ outcome: InsertRequests.Outcome<FaultList>) {
    self.outcome = outcome
  }

  func write(to writer: inout JSONWriter) {
    let faults = outcome.reading.value
    writer.object { writer in
      writer.member("status", "accepted")
      writer.member("received", outcome.reading.count)
      writer.member("processed", outcome.sum(\.unique))
      writer.member("duplicates", outcome.sum(\.duplicate))
      writer.member("dead", outcome.sum(\.dead))
      if outcome.isRepetition { writer.member("repeated", true) }
      if !faults.faults.isEmpty { writer.member("errors", faults.faults) }
    }
  }
}

extension HTTPField.Name {
  /// The words of a mapping, in the form of a query.
  fileprivate static let sluiceMapping: HTTPField.Name = {
    guard let name = HTTPField.Name("Sluice-Mapping") else { preconditionFailure("a name of a field") }
    return name
  }()
}

extension Problem {
  /// Lines that cannot be stored, in a request that asks for all or nothing.
  fileprivate static func refusedLines(_ faults: FaultList) -> Problem {
    Problem(
      status: .unprocessableContent, kind: .badEvent,
      detail:
        "Nothing was stored: \(faults.badEvents) events cannot be stored. Use _on_error=dead to store the others "
        + "and to record these as dead events.",
      errors: faults.faults)
  }
}
