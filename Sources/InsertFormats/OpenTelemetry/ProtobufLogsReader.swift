/// Reads the logs of a request of OTLP/HTTP in Protocol Buffers (`ExportLogsServiceRequest`).
///
/// An error inside a record rejects the record; an error around records is an error of the request.
package struct ProtobufLogsReader {
  private let rule: LogRule
  private var event = InsertedEvent()
  private var record = ProtobufLogRecord()
  private var resource = LogResource()
  private var scope = LogScope()
  /// The attributes of a resource or of a scope.
  private var attributes = JSONTextBuilder()

  package init(_ rule: LogRule) {
    self.rule = rule
  }

  /// Reads the message in `range` of `bytes`.
  /// - Throws: `InsertFormatError` when the bytes are not a message. The sink may have taken events before.
  package mutating func read(
    _ range: Range<Int>, of bytes: RawSpan, into sink: inout some InsertSink
  ) throws(InsertFormatError) {
    var scanner = ProtobufScanner(range)
    while let field = try scanner.next(in: bytes) {
      guard field.number == LogFields.Request.resourceLogs, case .bytes(let logs) = field.value else {
        continue
      }
      guard try readResource(logs, of: bytes, into: &sink) else { return }
    }
  }

  /// Returns false when the sink takes no more.
  private mutating func readResource(
    _ range: Range<Int>, of bytes: RawSpan, into sink: inout some InsertSink
  ) throws(InsertFormatError) -> Bool {
    resource.clear()
    attributes.removeAll()
    // The resource is looked for first, because the order of fields is free.
    var scanner = ProtobufScanner(range)
    while let field = try scanner.next(in: bytes) {
      guard field.number == LogFields.ResourceLogs.resource, case .bytes(let message) = field.value else {
        continue
      }
      try readAttributes(
        LogFields.Resource.attributes, in: message, of: bytes, named: &resource.names, into: &attributes)
    }
    if !attributes.bytes.isEmpty {
      resource.members.add(",\"resource\":{")
      resource.members.add(attributes)
      resource.members.add("}")
    }
    scanner = ProtobufScanner(range)
    while let field = try scanner.next(in: bytes) {
      guard field.number == LogFields.ResourceLogs.scopeLogs, case .bytes(let logs) = field.value else {
        continue
      }
      guard try readScope(logs, of: bytes, into: &sink) else { return false }
    }
    return true
  }

  /// Returns false when the sink takes no more.
  private mutating func readScope(
    _ range: Range<Int>, of bytes: RawSpan, into sink: inout some InsertSink
  ) throws(InsertFormatError) -> Bool {
    try readScopeFields(range, of: bytes)
    scope.members.add(resource.members)
    var scanner = ProtobufScanner(range)
    while let field = try scanner.next(in: bytes) {
      guard field.number == LogFields.ScopeLogs.logRecords, case .bytes(let item) = field.value else {
        continue
      }
      guard take(item, of: bytes, into: &sink) else { return false }
    }
    return true
  }

  /// Takes one record, or rejects it. Returns false when the sink takes no more.
  private mutating func take(
    _ item: Range<Int>, of bytes: RawSpan, into sink: inout some InsertSink
  ) -> Bool {
    event.clear()
    do throws(InsertFormatError) {
      try record.read(item, of: bytes)
      let names = try record.write(to: &event.payload, of: bytes, attributes: rule.attributes)
      event.payload.add(scope.members)
      event.payload.add("}")
      rule.identify(
        &event, record: names, scope: scope, resource: resource.names, time: record.time,
        observedTime: record.observedTime)
      return sink.take(event, from: item)
    } catch {
      event.clear()
      rule.identify(
        &event, record: LogNames(), scope: scope, resource: resource.names, time: 0, observedTime: 0)
      return sink.reject(item, of: bytes, topic: event.topic, because: error.message)
    }
  }
}

extension ProtobufLogsReader {
  /// Reads name, version and attributes of a scope.
  private mutating func readScopeFields(_ range: Range<Int>, of bytes: RawSpan) throws(InsertFormatError) {
    scope.clear()
    var version: Range<Int>?
    attributes.removeAll()
    var scanner = ProtobufScanner(range)
    while let field = try scanner.next(in: bytes) {
      guard field.number == LogFields.ScopeLogs.scope, case .bytes(let message) = field.value else {
        continue
      }
      var parts = ProtobufScanner(message)
      while let part = try parts.next(in: bytes) {
        guard case .bytes(let text) = part.value else { continue }
        switch part.number {
        case LogFields.Scope.name: scope.setName(text, of: bytes)
        case LogFields.Scope.version: version = text.isEmpty ? nil : text
        default: break
        }
      }
      try readAttributes(
        LogFields.Scope.attributes, in: message, of: bytes, named: &scope.names, into: &attributes)
    }
    guard !scope.name.isEmpty || version != nil || !attributes.bytes.isEmpty else { return }
    scope.members.add(",\"scope\":{\"name\":")
    scope.members.string(scope.name)
    if let version {
      scope.members.add(",\"version\":")
      scope.members.string(version, of: bytes)
    }
    if !attributes.bytes.isEmpty {
      scope.members.add(",\"attributes\":{")
      scope.members.add(attributes)
      scope.members.add("}")
    }
    scope.members.add("}")
  }

  /// Writes the attributes in the fields `number` of a message as members of an object, without its braces.
  private func readAttributes(
    _ number: UInt32, in message: Range<Int>, of bytes: RawSpan, named names: inout LogNames,
    into text: inout JSONTextBuilder
  ) throws(InsertFormatError) {
    var scanner = ProtobufScanner(message)
    while let field = try scanner.next(in: bytes) {
      guard field.number == number, case .bytes(let pair) = field.value else { continue }
      try text.attribute(pair, of: bytes, isFirst: text.bytes.isEmpty, rule.attributes, named: &names)
    }
  }
}

extension JSONTextBuilder {
  /// Adds a `KeyValue` as a member, and records its text when it has a role.
  mutating func attribute(
    _ pair: Range<Int>, of bytes: RawSpan, isFirst: Bool, _ attributes: LogNames.Attributes,
    named names: inout LogNames
  ) throws(InsertFormatError) {
    let attribute = try ProtobufAttribute(pair, of: bytes)
    if !isFirst { add(byte: UInt8(ascii: ",")) }
    string(attribute.key, of: bytes)
    add(byte: UInt8(ascii: ":"))
    try anyValue(attribute.value, of: bytes)
    if let role = attributes.role(attribute.key, of: bytes), let text = try attribute.text(in: bytes) {
      names.set(role, text)
    }
  }
}
