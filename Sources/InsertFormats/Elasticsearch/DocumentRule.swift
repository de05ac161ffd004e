/// The rule by which the documents of a bulk request become events; `spec/insert-routes.md` describes it.
package struct DocumentRule: Sendable {
  /// The fields that may hold the time, the first one that a document has counts.
  package static let timeFields = ["@timestamp", "timestamp"]
  /// The fields that may hold the source, the first one with a text counts.
  package static let sourceFields = ["host.name", "host", "hostname", "agent.name"]
  /// The source of documents without one, when the sender does not name its program.
  package static let standardSource = "elasticsearch"

  let timeFields: [DocumentField]
  let sourceFields: [DocumentField]
  let topic: [UInt8]?
  let source: [UInt8]?
  let fallbackSource: [UInt8]

  /// - Parameters:
  ///   - timeField: The field of the time; nil for `timeFields`.
  ///   - sourceField: The field of the source; nil for `sourceFields`.
  ///   - topic: The topic of all documents; nil for their index.
  ///   - source: The source of all documents; nil lets them decide.
  ///   - fallbackSource: The source of documents that name none.
  package init(
    timeField: String? = nil, sourceField: String? = nil, topic: String? = nil, source: String? = nil,
    fallbackSource: String = Self.standardSource
  ) {
    timeFields = (timeField.map { [$0] } ?? Self.timeFields).map(DocumentField.init)
    sourceFields = (sourceField.map { [$0] } ?? Self.sourceFields).map(DocumentField.init)
    self.topic = topic.map { Array($0.utf8) }
    self.source = source.map { Array($0.utf8) }
    self.fallbackSource = Array(fallbackSource.utf8)
  }
}

/// A field of a document: the name of a member, or two names with a dot between, of which the first leads into an object.
struct DocumentField: Sendable {
  /// The whole name, as flat documents write it.
  let name: [UInt8]
  /// The name of the outer object; nil for a name without a dot.
  let outer: [UInt8]?
  /// The rest of the name after the first dot.
  let inner: [UInt8]

  init(_ text: String) {
    let name = Array(text.utf8)
    let dot = name.firstIndex(of: UInt8(ascii: "."))
    outer = dot.map { Array(name[..<$0]) }
    self.name = name
    inner = dot.map { Array(name[($0 + 1)...]) } ?? []
  }
}

/// Tells most names apart that are not in a list, without comparing them with each name of the list.
struct NameFilter: Sendable {
  private var bits: UInt64 = 0

  init(_ names: [[UInt8]]) {
    for name in names { bits |= Self.bit(of: name) }
  }

  /// False when `name` is not in the list.
  func mayHave(_ name: [UInt8]) -> Bool { bits & Self.bit(of: name) != 0 }

  /// One of 64 bits, from the length and the first byte.
  private static func bit(of name: [UInt8]) -> UInt64 {
    1 << UInt64(truncatingIfNeeded: (name.count &* 7 &+ Int(name.first ?? 0)) & 63)
  }
}
