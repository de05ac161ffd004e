package import TextFormats

/// Makes events of the documents of a bulk request. The payload of an event is the document as it is written.
package struct DocumentReader {
  private let rule: DocumentRule
  private let now: UTCTime
  /// The names that begin a field of the rule.
  private let names: NameFilter
  /// The last event.
  package private(set) var event = InsertedEvent()
  private var name: [UInt8] = []
  private var text: [UInt8] = []

  /// - Parameter now: The current time, from which times without a year take theirs.
  package init(_ rule: DocumentRule, now: UTCTime) {
    self.rule = rule
    self.now = now
    names = NameFilter((rule.timeFields + rule.sourceFields).flatMap { [$0.name, $0.outer ?? $0.name] })
  }

  /// Reads the document of `action` into `event`.
  /// - Throws: `InsertFormatError` when the document is not an object, or its time is not a time.
  package mutating func read(
    _ document: Range<Int>, of action: BulkAction, in bytes: RawSpan
  ) throws(InsertFormatError) {
    event.clear()
    event.topic.append(contentsOf: rule.topic ?? action.index)
    event.id = action.id
    if action.id?.isEmpty == true {
      throw InsertFormatError(
        offset: document.lowerBound, message: "if _id is specified it must not be empty")
    }
    guard !event.topic.isEmpty else {
      throw InsertFormatError(offset: document.lowerBound, message: "index is missing")
    }
    do throws(JSONSyntaxError) {
      let found = try fields(of: document, in: bytes)
      if let time = found.time { try readTime(time.value, in: bytes) }
      if event.source.isEmpty { event.source.append(contentsOf: rule.source ?? rule.fallbackSource) }
    } catch {
      throw InsertFormatError(offset: error.offset, message: "failed to parse: \(error.message)")
    }
    event.payload.add(document, of: bytes)
  }

  /// The values of the fields that were found, with their places in the lists of the rule.
  private struct Found {
    var time: (rank: Int, value: Range<Int>)?
    var source = Int.max
  }

  private mutating func fields(of document: Range<Int>, in bytes: RawSpan) throws(JSONSyntaxError) -> Found {
    var found = Found()
    var scanner = JSONScanner(document)
    guard scanner.peek(in: bytes) == UInt8(ascii: "{") else {
      throw scanner.error("a document must be an object")
    }
    try scanner.take("{", in: bytes)
    if !scanner.takes("}", in: bytes) {
      repeat {
        try scanner.name(into: &name, in: bytes)
        let value = try scanner.value(in: bytes)
        guard names.mayHave(name) else { continue }
        for (rank, field) in rule.timeFields.enumerated() where rank < found.time?.rank ?? Int.max {
          if let value = try self.value(of: field, name: name, value, in: bytes) {
            found.time = (rank, value)
          }
        }
        guard rule.source == nil else { continue }
        for (rank, field) in rule.sourceFields.enumerated() where rank < found.source {
          if let value = try self.value(of: field, name: name, value, in: bytes),
            try readSource(value, in: bytes)
          {
            found.source = rank
          }
        }
      } while scanner.takes(",", in: bytes)
      try scanner.take("}", in: bytes)
    }
    guard scanner.isAtEnd(in: bytes) else { throw scanner.error("something follows the document") }
    return found
  }

  /// Returns the value of `field` if it is in the member `name` with the value in `range`; nil otherwise, and for null.
  private mutating func value(
    of field: DocumentField, name: [UInt8], _ range: Range<Int>, in bytes: RawSpan
  ) throws(JSONSyntaxError) -> Range<Int>? {
    let first = JSONScanner.byte(range.lowerBound, bytes)
    if name == field.name { return first == UInt8(ascii: "n") ? nil : range }
    guard name == field.outer, first == UInt8(ascii: "{") else { return nil }
    var found: Range<Int>?
    var scanner = JSONScanner(range)
    try scanner.members(in: bytes) { (name, scanner) throws(JSONSyntaxError) in
      let value = try scanner.value(in: bytes)
      if name == field.inner { found = value }
    }
    return found.flatMap { JSONScanner.byte($0.lowerBound, bytes) == UInt8(ascii: "n") ? nil : $0 }
  }

  /// Takes the source from a text that is not empty.
  /// - Returns: false for other values.
  private mutating func readSource(_ value: Range<Int>, in bytes: RawSpan) throws(JSONSyntaxError) -> Bool {
    guard JSONScanner.byte(value.lowerBound, bytes) == UInt8(ascii: "\""), value.count > 2 else {
      return false
    }
    var scanner = JSONScanner(value)
    guard try scanner.string(into: &text, in: bytes) else { return false }
    event.source.removeAll(keepingCapacity: true)
    event.source.append(contentsOf: text)
    return true
  }

  private mutating func readTime(_ value: Range<Int>, in bytes: RawSpan) throws(JSONSyntaxError) {
    event.time = try EventTimeReader.read(value, of: bytes, now: now, using: &text)?.microseconds
    if event.time == nil {
      throw JSONScanner(value).error("the time is not a time, such as 2026-01-02T03:04:05Z")
    }
  }
}
