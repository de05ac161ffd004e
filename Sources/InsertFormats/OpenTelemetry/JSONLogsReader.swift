internal import TextFormats

/// Reads the logs of a request of OTLP/HTTP in JSON (`ExportLogsServiceRequest` in the JSON form of Protocol Buffers, with
/// hexadecimal trace and span ids).
///
/// An error inside a record rejects the record; an error around records is an error of the request. Unknown members
/// have no effect.
package struct JSONLogsReader {
  private let rule: LogRule
  private var event = InsertedEvent()
  private var isDone = false
  private var text: [UInt8] = []

  package init(_ rule: LogRule) {
    self.rule = rule
  }

  /// Reads the object in `range` of `bytes`.
  /// - Throws: `InsertFormatError` when the bytes are not the JSON of a request. The sink may have taken events before.
  package mutating func read(
    _ range: Range<Int>, of bytes: RawSpan, into sink: inout some InsertSink
  ) throws(InsertFormatError) {
    do throws(JSONSyntaxError) {
      var scanner = JSONScanner(range)
      try scanner.members(in: bytes) { (name, scanner) throws(JSONSyntaxError) in
        guard name.elementsEqual("resourceLogs".utf8), try !scanner.takesNull(in: bytes) else {
          return try Self.skip(unless: name, "resourceLogs", &scanner, in: bytes)
        }
        try scanner.elements(in: bytes) { scanner throws(JSONSyntaxError) in
          try readResource(&scanner, in: bytes, into: &sink)
        }
      }
      guard scanner.isAtEnd(in: bytes) else { throw scanner.error("something follows the request") }
    } catch {
      throw InsertFormatError(offset: error.offset, message: error.message)
    }
  }

  /// Skips the value of a member, unless the member is `null` and was consumed.
  private static func skip(
    unless name: [UInt8], _ consumed: StaticString, _ scanner: inout JSONScanner, in bytes: RawSpan
  ) throws(JSONSyntaxError) {
    guard !name.span.bytes.equals(0..<name.count, consumed) else { return }
    _ = try scanner.value(in: bytes)
  }

  private mutating func readResource(
    _ scanner: inout JSONScanner, in bytes: RawSpan, into sink: inout some InsertSink
  ) throws(JSONSyntaxError) {
    var names = LogNames()
    var attributes = JSONTextBuilder()
    // The resource comes first in practice, but the order of members is free.
    var scopes: [Range<Int>] = []
    try scanner.members(in: bytes) { (name, scanner) throws(JSONSyntaxError) in
      if name.elementsEqual("resource".utf8), try !scanner.takesNull(in: bytes) {
        try scanner.members(in: bytes) { (name, scanner) throws(JSONSyntaxError) in
          guard name.elementsEqual("attributes".utf8), try !scanner.takesNull(in: bytes) else {
            return try Self.skip(unless: name, "attributes", &scanner, in: bytes)
          }
          try readAttributes(&scanner, in: bytes, named: &names, into: &attributes)
        }
      } else if !name.elementsEqual("resource".utf8) {
        let range = try scanner.value(in: bytes)
        if name.elementsEqual("scopeLogs".utf8) { scopes.append(range) }
      }
    }
    var members = JSONTextBuilder()
    if !attributes.bytes.isEmpty {
      members.add(",\"resource\":{")
      members.add(attributes)
      members.add("}")
    }
    for range in scopes {
      var scanner = JSONScanner(range)
      if try scanner.takesNull(in: bytes) { continue }
      try scanner.elements(in: bytes) { scanner throws(JSONSyntaxError) in
        try readScope(&scanner, in: bytes, resource: (names, members), into: &sink)
      }
    }
  }

  private mutating func readScope(
    _ scanner: inout JSONScanner, in bytes: RawSpan, resource: (names: LogNames, members: JSONTextBuilder),
    into sink: inout some InsertSink
  ) throws(JSONSyntaxError) {
    var scope = LogScope()
    var records: [Range<Int>] = []
    try scanner.members(in: bytes) { (name, scanner) throws(JSONSyntaxError) in
      if name.elementsEqual("scope".utf8) {
        if try !scanner.takesNull(in: bytes) { try read(&scope, &scanner, in: bytes) }
      } else {
        let range = try scanner.value(in: bytes)
        if name.elementsEqual("logRecords".utf8) { records.append(range) }
      }
    }
    scope.members.add(resource.members)
    for range in records {
      var scanner = JSONScanner(range)
      if try scanner.takesNull(in: bytes) { continue }
      try scanner.elements(in: bytes) { scanner throws(JSONSyntaxError) in
        let item = try scanner.value(in: bytes)
        if !isDone { isDone = !take(item, of: bytes, scope, resource.names, into: &sink) }
      }
    }
  }

  /// Takes one record, or rejects it.
  private mutating func take(
    _ item: Range<Int>, of bytes: RawSpan, _ scope: LogScope, _ resource: LogNames,
    into sink: inout some InsertSink
  ) -> Bool {
    event.clear()
    do throws(JSONSyntaxError) {
      let record = try JSONLogRecord(item, of: bytes)
      var names = LogNames()
      try record.writeBeginning(to: &event.payload, of: bytes)
      if var attributes = record.attributes {
        var text = JSONTextBuilder()
        try readAttributes(&attributes, in: bytes, named: &names, into: &text)
        event.payload.add(",\"attributes\":{")
        event.payload.add(text)
        event.payload.add("}")
      }
      record.writeEnd(to: &event.payload, of: bytes)
      event.payload.add(scope.members)
      event.payload.add("}")
      rule.identify(
        &event, record: names, scope: scope, resource: resource, time: record.time,
        observedTime: record.observedTime)
      return sink.take(event, from: item)
    } catch {
      event.clear()
      rule.identify(
        &event, record: LogNames(), scope: scope, resource: resource, time: 0, observedTime: 0)
      return sink.reject(item, of: bytes, topic: event.topic, because: error.message)
    }
  }
}

extension JSONLogsReader {
  private mutating func read(
    _ scope: inout LogScope, _ scanner: inout JSONScanner, in bytes: RawSpan
  ) throws(JSONSyntaxError) {
    var name: Range<Int>?
    var version: Range<Int>?
    var attributes = JSONTextBuilder()
    try scanner.members(in: bytes) { (member, scanner) throws(JSONSyntaxError) in
      if try scanner.takesNull(in: bytes) { return }
      if member.elementsEqual("name".utf8) {
        name = try scanner.stringToken(in: bytes)
      } else if member.elementsEqual("version".utf8) {
        version = try scanner.stringToken(in: bytes)
      } else if member.elementsEqual("attributes".utf8) {
        try readAttributes(&scanner, in: bytes, named: &scope.names, into: &attributes)
      } else {
        _ = try scanner.value(in: bytes)
      }
    }
    guard name != nil || version != nil || !attributes.bytes.isEmpty else { return }
    scope.members.add(",\"scope\":{\"name\":")
    if let name {
      var scanner = JSONScanner(name)
      _ = try scanner.string(into: &scope.name, in: bytes)
      scope.members.add(name, of: bytes)
    } else {
      scope.members.add("\"\"")
    }
    if let version {
      scope.members.add(",\"version\":")
      scope.members.add(version, of: bytes)
    }
    if !attributes.bytes.isEmpty {
      scope.members.add(",\"attributes\":{")
      scope.members.add(attributes)
      scope.members.add("}")
    }
    scope.members.add("}")
  }

  /// Writes the array of attributes at `scanner` as members of an object, without its braces.
  private mutating func readAttributes(
    _ scanner: inout JSONScanner, in bytes: RawSpan, named names: inout LogNames,
    into text: inout JSONTextBuilder
  ) throws(JSONSyntaxError) {
    try scanner.elements(in: bytes) { scanner throws(JSONSyntaxError) in
      if !text.bytes.isEmpty { text.add(byte: UInt8(ascii: ",")) }
      let (key, value) = try text.attribute(&scanner, in: bytes)
      var token = JSONScanner(key)
      _ = try token.string(into: &self.text, in: bytes)
      guard let role = rule.attributes.role(0..<self.text.count, of: self.text.span.bytes) else { return }
      try readText(value, of: bytes)
      names.set(role, self.text)
    }
  }

  /// Reads the text of an `AnyValue` that is a string or an integer into `text`; empty for others.
  private mutating func readText(_ value: Range<Int>, of bytes: RawSpan) throws(JSONSyntaxError) {
    text.removeAll(keepingCapacity: true)
    var scanner = JSONScanner(value)
    guard scanner.peek(in: bytes) == UInt8(ascii: "{") else { return }
    try scanner.members(in: bytes) { (name, scanner) throws(JSONSyntaxError) in
      switch JSONLogValue(name: name) {
      case .string where scanner.peek(in: bytes) == UInt8(ascii: "\""):
        if try !scanner.string(into: &text, in: bytes) { text.removeAll() }
      case .int where scanner.peek(in: bytes) != UInt8(ascii: "n"):
        text = bytes.copy(try scanner.integerToken(in: bytes))
      default: _ = try scanner.value(in: bytes)
      }
    }
  }
}
