/// Builds the answer to a bulk request, item after item
/// (https://www.elastic.co/guide/en/elasticsearch/reference/current/docs-bulk.html).
package struct BulkAnswer {
  /// The result of an item.
  package enum Result: Hashable, Sendable {
    /// The document was stored: 201.
    case created
    /// A document with the same index and id was stored before: 409 for `create`, 200 and "noop" for `index`.
    case known
    /// The document was accepted, and whether it was known is not known any more: 200 and "noop".
    case repeated
    /// The document cannot be stored and is a dead event: 400 with the reason.
    case dead(String)
    /// The action is one that Sluice does not have: 400.
    case unsupported
  }

  private var items = JSONTextBuilder()
  private var hasErrors = false
  /// The number of items so far.
  package private(set) var count = 0

  package init() {}

  /// Adds an item.
  /// - Parameters:
  ///   - id: The event id in UTF-8; nil for an item that has none.
  package mutating func add(_ action: BulkAction, id: [UInt8]?, _ result: Result) {
    items.add(count == 0 ? "{\"" : ",{\"")
    items.add(action.kind.text)
    items.add("\":{\"_index\":")
    items.add(text: action.index)
    if let id {
      items.add(",\"_id\":")
      items.add(text: id)
    }
    add(result, of: action, id: id)
    items.add("}}")
    count += 1
  }

  private mutating func add(_ result: Result, of action: BulkAction, id: [UInt8]?) {
    switch result {
    case .created: items.add(",\"_version\":1,\"result\":\"created\",\"status\":201")
    case .known where action.kind == .create:
      addError(409, "version_conflict_engine_exception")
      items.string(
        Array("[\(String(decoding: id ?? [], as: UTF8.self))]: ".utf8)
          + Array("version conflict, document already exists (current version [1])".utf8))
      items.add("}")
    case .known, .repeated: items.add(",\"_version\":1,\"result\":\"noop\",\"status\":200")
    case .dead(let reason):
      addError(400, "document_parsing_exception")
      items.string(Array(reason.utf8))
      items.add("}")
    case .unsupported:
      addError(400, "illegal_argument_exception")
      items.string(
        Array(
          "Sluice stores each event once and does not change it: use index or create, not \(action.kind)".utf8
        ))
      items.add("}")
    }
  }

  private mutating func addError(_ status: Int, _ type: StaticString) {
    hasErrors = true
    items.add(",\"status\":")
    items.integer(status)
    items.add(",\"error\":{\"type\":\"")
    items.add(type)
    items.add("\",\"reason\":")
  }

  /// Returns the answer.
  /// - Parameter milliseconds: The time that the request took.
  package consuming func finish(milliseconds: Int) -> [UInt8] {
    var answer = JSONTextBuilder()
    answer.add("{\"took\":")
    answer.integer(max(milliseconds, 0))
    answer.add(hasErrors ? ",\"errors\":true,\"items\":[" : ",\"errors\":false,\"items\":[")
    answer.add(items)
    answer.add("]}")
    return answer.bytes
  }

  /// Returns an error of a whole request.
  /// - Parameters:
  ///   - type: The type of the error as Elasticsearch names it.
  package static func error(status: Int, type: String, reason: String) -> [UInt8] {
    var text = JSONTextBuilder()
    text.add("{\"error\":{\"root_cause\":[{\"type\":")
    text.string(Array(type.utf8))
    text.add(",\"reason\":")
    text.string(Array(reason.utf8))
    text.add("}],\"type\":")
    text.string(Array(type.utf8))
    text.add(",\"reason\":")
    text.string(Array(reason.utf8))
    text.add("},\"status\":")
    text.integer(status)
    text.add("}")
    return text.bytes
  }
}

extension JSONTextBuilder {
  /// Adds a string of bytes that are not certain to be UTF-8; those that are not are replaced by U+FFFD.
  fileprivate mutating func add(text: [UInt8]) {
    guard (try? UTF8Span(validating: text.span)) == nil else { return string(text) }
    string(Array(String(decoding: text, as: UTF8.self).utf8))
  }
}

extension BulkAction.Kind {
  /// The name of the action.
  fileprivate var text: StaticString {
    switch self {
    case .index: "index"
    case .create: "create"
    case .update: "update"
    case .delete: "delete"
    }
  }
}
