import HTTPTypes
import Hummingbird

/// The options of a publishing request.
struct PublishOptions {
  private enum Switch: String, CaseIterable {
    case yes = "true"
    case no = "false"
  }

  /// Whether the valid events are stored when others are bad.
  let isPartial: Bool
  /// The event that the client waits for.
  let acknowledgement: BatchPublisher.Acknowledgement
  /// Whether the option came from `Prefer`, so that the answer must confirm it (RFC 7240).
  let isPreferred: Bool
  /// The key that identifies repetitions of the request.
  let key: IdempotencyKey?
  /// Whether the body has one event on each line.
  let isLines: Bool

  /// Reads the query and the header fields of `request`.
  /// - Parameter isPartial: The value of `isPartial` when the query has none.
  /// - Throws: 400, 415 or 422 with the name of the bad option.
  init(_ request: Request, isPartial: Bool = false) throws(Problem) {
    let parameters = QueryParameters(request)
    let partial = try parameters.choice("partial", of: Switch.self)
    self.isPartial = partial.map { $0 == .yes } ?? isPartial
    let asked = try parameters.choice("ack", of: BatchPublisher.Acknowledgement.self)
    isPreferred = asked == nil && Self.prefersAsynchrony(request.headers)
    acknowledgement = asked ?? (isPreferred ? .accepted : .committed)
    key = if let value = request.headers[.idempotencyKey] { try IdempotencyKey(field: value) } else { nil }
    isLines = try Self.hasLines(request.headers)
  }

  /// Returns whether the body has one event on each line.
  /// - Throws: 415 for a type that is no form of JSON, or not in UTF-8.
  private static func hasLines(_ fields: HTTPFields) throws(Problem) -> Bool {
    guard let type = fields[.contentType].flatMap({ MediaType(field: $0) }), type.isUTF8,
      type.hasName(of: MediaType.published)
    else { throw .unsupportedContentType }
    return type.hasName(of: MediaType.lines)
  }

  /// Whether a `Prefer` field contains `respond-async` (RFC 7240, section 4.1).
  private static func prefersAsynchrony(_ fields: HTTPFields) -> Bool {
    fields[values: .prefer].contains { value in
      value.lowercased().split(separator: ",").contains { preference in
        preference.split(separator: ";").first?.trimmed == "respond-async"
      }
    }
  }
}
