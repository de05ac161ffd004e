import Ingest
internal import StoreInterface
internal import TextFormats

extension EventFilter {
  /// The parameters of a filter, besides those of fields.
  static let parameterNames = ["topic", "source", "event_id", "since", "until", "by", "q"]
  /// The beginning of the names of parameters about fields.
  static let fieldPrefix = "field."
  /// The most conditions about fields.
  static let mostFields = 8
  /// The most characters of a text, and of the value of a field.
  static let mostTextCharacters = 1_000

  /// Reads the parameters that `/events`, `/events/stream` and `/counts` share.
  /// - Parameters:
  ///   - now: The time that relative times count from.
  ///   - clock: The time that the bounds are about; nil reads it from `by`.
  /// - Throws: a problem that names the bad parameter.
  init(_ parameters: QueryParameters, now: UTCTime, clock: Clock? = nil) throws(Problem) {
    let given = clock == nil ? try parameters.choice("by", of: Clock.self) : clock
    self.init(
      source: try parameters.eventName("source"), eventID: try parameters.eventName("event_id"),
      since: try parameters.time("since", now: now), until: try parameters.time("until", now: now),
      clock: given ?? .eventTime,
      text: try parameters.searchText("q"), fields: try Self.fields(parameters))
    if let topic = try parameters.eventName("topic") { topics = Topics(pattern: topic) }
  }

  /// The parameters about fields, in their order.
  var fieldNames: [String] { fields.map { Self.fieldPrefix + $0.path.joined(separator: ".") } }

  private static func fields(_ parameters: QueryParameters) throws(Problem) -> [FieldCondition] {
    let names = parameters.names.filter { $0.hasPrefix(fieldPrefix) }
    guard names.count <= mostFields else {
      throw .badParameter(
        names[mostFields], "A request may have at most \(mostFields) conditions about fields.")
    }
    var fields: [FieldCondition] = []
    for name in names {
      let path = name.dropFirst(fieldPrefix.count).split(separator: ".", omittingEmptySubsequences: false)
      guard name.utf8.count <= 255, path.allSatisfy({ !$0.isEmpty }) else {
        throw .badParameter(name, "After \"field.\" it must have names of members with dots between them.")
      }
      let value = try parameters.value(name) ?? ""
      guard value.unicodeScalars.count <= mostTextCharacters else {
        throw .badParameter(name, "It may have at most \(mostTextCharacters) characters.")
      }
      fields.append(FieldCondition(path: path.map(String.init), value: value))
    }
    return fields
  }
}

extension EventFilter.Topics {
  /// Creates the selection that `pattern` names: one topic, or with a `*` at the end all topics with the prefix before
  /// it.
  init(pattern: String) {
    guard pattern.utf8.last == UInt8(ascii: "*") else {
      self = .one(pattern)
      return
    }
    let prefix = String(pattern.unicodeScalars.dropLast())
    self = prefix.isEmpty ? .all : .prefix(prefix)
  }

  /// The text that names the selection; nil for all topics.
  var pattern: String? {
    switch self {
    case .all: nil
    case .one(let topic): topic
    case .prefix(let prefix): prefix + "*"
    }
  }
}

extension QueryParameters {
  /// Returns the value of `name` as a time in microseconds since 1970: a moment, or a distance from `now` such as
  /// `-15m`.
  /// - Throws: the errors of `value`, and a 422 problem when the value is not a time.
  func time(_ name: String, now: UTCTime) throws(Problem) -> Int64? {
    guard let text = try value(name) else { return nil }
    if text.utf8.first == UInt8(ascii: "-") {
      guard let milliseconds = UnitScale.milliseconds.read(String(text.dropFirst())),
        case let (distance, overflow) = Int64(milliseconds).multipliedReportingOverflow(by: 1_000), !overflow,
        case let (time, isOver) = now.microseconds.subtractingReportingOverflow(distance), !isOver
      else { throw .badTime(name) }
      return max(time, Self.firstTime)
    }
    guard let time = UTCTimeReader.read(Array(text.utf8)) else { throw .badTime(name) }
    return time.microseconds
  }

  /// The year 1, the first that a time may have, in microseconds since 1970.
  private static let firstTime: Int64 = -62_135_596_800_000_000

  /// Returns the value of `name` as a text to search for.
  /// - Throws: the errors of `value`, and a 422 problem when the text is empty or too long.
  func searchText(_ name: String) throws(Problem) -> String? {
    guard let text = try value(name) else { return nil }
    let longest = EventFilter.mostTextCharacters
    guard (1...longest).contains(text.unicodeScalars.count) else {
      throw .badParameter(
        name, "It must have 1 to \(longest) characters, not \(text.unicodeScalars.count).")
    }
    return text
  }
}

extension Problem {
  fileprivate static func badTime(_ name: String) -> Problem {
    badParameter(
      name,
      "It must be a time such as 2026-01-02T03:04:05Z or 2026-01-02T03:04:05%2B01:00, with %2B for +, or a distance "
        + "from now such as -15m, -1h or -7d.")
  }
}
