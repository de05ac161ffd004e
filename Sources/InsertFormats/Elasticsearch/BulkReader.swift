internal import TextFormats

/// Reads a bulk request of Elasticsearch item after item. The documents themselves are not read.
///
/// As in Elasticsearch, a line of an action that cannot be read is an error of the whole request, because the lines
/// after it cannot be told apart. Unknown members of an action have no effect.
package struct BulkReader {
  private let end: Int
  private let index: [UInt8]
  private var place: Int
  private var line = 0
  private var name: [UInt8] = []
  private var text: [UInt8] = []

  /// - Parameters:
  ///   - body: The range of the request's text.
  ///   - index: The index of actions that name none, in UTF-8; empty when the path names none.
  package init(_ body: Range<Int>, index: [UInt8]) {
    place = body.lowerBound
    end = body.upperBound
    self.index = index
  }

  /// Returns the next item; nil at the end of the body.
  /// - Throws: `InsertFormatError` when the line of an action cannot be read, or when a document is missing.
  package mutating func next(in bytes: RawSpan) throws(InsertFormatError) -> BulkItem? {
    guard let first = nextLine(in: bytes) else { return nil }
    let action = try action(in: first, of: bytes)
    guard action.kind.hasDocument else { return BulkItem(action: action, document: nil, lines: first) }
    guard let document = line(in: bytes) else {
      throw InsertFormatError(
        offset: end, message: "the action in line \(line) has no document; a line must follow it")
    }
    return BulkItem(
      action: action, document: document, lines: first.lowerBound..<document.upperBound)
  }

  /// Returns the next line that is not blank.
  private mutating func nextLine(in bytes: RawSpan) -> Range<Int>? {
    while let line = line(in: bytes) {
      var scanner = JSONScanner(line)
      if !scanner.isAtEnd(in: bytes) { return line }
    }
    return nil
  }

  private mutating func line(in bytes: RawSpan) -> Range<Int>? {
    guard place < end else { return nil }
    line += 1
    let lineEnd = LineEnd.next(from: place, before: end, in: bytes)
    defer { place = min(lineEnd + 1, end) }
    return place..<lineEnd
  }
}

extension BulkReader {
  private mutating func action(
    in range: Range<Int>, of bytes: RawSpan
  ) throws(InsertFormatError) -> BulkAction {
    var scanner = JSONScanner(range)
    do throws(JSONSyntaxError) {
      try scanner.take("{", in: bytes)
      try scanner.name(into: &name, in: bytes)
      guard let kind = BulkAction.Kind(name: name) else {
        throw scanner.error("the action must be \"index\", \"create\", \"update\" or \"delete\"")
      }
      var action = BulkAction(kind: kind, index: index)
      try members(of: &action, &scanner, in: bytes)
      try scanner.take("}", in: bytes)
      guard scanner.isAtEnd(in: bytes) else { throw scanner.error("something follows the action") }
      return action
    } catch {
      throw InsertFormatError(
        offset: error.offset, message: "Malformed action/metadata line [\(line)]: \(error.message)")
    }
  }

  private mutating func members(
    of action: inout BulkAction, _ scanner: inout JSONScanner, in bytes: RawSpan
  ) throws(JSONSyntaxError) {
    try scanner.take("{", in: bytes)
    if scanner.takes("}", in: bytes) { return }
    repeat {
      try scanner.name(into: &name, in: bytes)
      if name.elementsEqual("_index".utf8) {
        if let index = try value(&scanner, in: bytes) { action.index = index }
      } else if name.elementsEqual("_id".utf8) {
        action.id = try value(&scanner, in: bytes)
      } else if name.elementsEqual("op_type".utf8) {
        let type = try value(&scanner, in: bytes)
        if action.kind == .index, type?.elementsEqual("create".utf8) == true { action.kind = .create }
      } else {
        _ = try scanner.value(in: bytes)
      }
    } while scanner.takes(",", in: bytes)
    try scanner.take("}", in: bytes)
  }

  /// Returns the text of a string, or of another scalar as it is written; nil for null.
  private mutating func value(
    _ scanner: inout JSONScanner, in bytes: RawSpan
  ) throws(JSONSyntaxError) -> [UInt8]? {
    switch scanner.peek(in: bytes) {
    case UInt8(ascii: "\""):
      guard try scanner.string(into: &text, in: bytes) else {
        throw scanner.error("a string holds half of a surrogate pair")
      }
      return text
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      throw scanner.error("an object or array is where a string must be")
    default:
      let range = try scanner.value(in: bytes)
      let word = bytes.copy(range)
      return word.elementsEqual("null".utf8) ? nil : word
    }
  }
}
