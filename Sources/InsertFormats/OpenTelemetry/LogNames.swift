/// The texts that decide topic, source and id of a log record. They come from attributes of the record, of its scope and
/// of its resource.
struct LogNames {
  /// The names of the attributes that are looked for.
  struct Attributes {
    /// The attribute that names the topic.
    let topic: [UInt8]
    /// The attribute that names the event id.
    let id: [UInt8]
  }

  /// The roles of attributes.
  enum Role {
    case topic
    case id
    case serviceName
    case hostName
  }

  /// The topic that an attribute names; nil without it.
  var topic: [UInt8]?
  /// The id that an attribute names; nil without it.
  var id: [UInt8]?
  /// `service.name`; nil without it.
  var serviceName: [UInt8]?
  /// `host.name`; nil without it.
  var hostName: [UInt8]?

  /// Records the text of an attribute.
  mutating func set(_ role: Role, _ text: [UInt8]) {
    guard !text.isEmpty else { return }
    switch role {
    case .topic: topic = text
    case .id: id = text
    case .serviceName: serviceName = text
    case .hostName: hostName = text
    }
  }
}

extension LogNames.Attributes {
  private static let serviceName = Array("service.name".utf8)
  private static let hostName = Array("host.name".utf8)

  /// Returns the role of the attribute whose name is `range` of `bytes`; nil for other attributes.
  @inline(__always)
  func role(_ range: Range<Int>, of bytes: RawSpan) -> LogNames.Role? {
    if Self.equal(range, bytes, topic) { return .topic }
    if Self.equal(range, bytes, id) { return .id }
    if Self.equal(range, bytes, Self.serviceName) { return .serviceName }
    return Self.equal(range, bytes, Self.hostName) ? .hostName : nil
  }

  @inline(__always)
  private static func equal(_ range: Range<Int>, _ bytes: RawSpan, _ name: [UInt8]) -> Bool {
    guard range.count == name.count else { return false }
    return name.indices.allSatisfy {
      name[$0] == bytes.unsafeLoad(fromByteOffset: range.lowerBound + $0, as: UInt8.self)
    }
  }
}

/// The part of an event that all records of a scope share.
struct LogScope {
  /// The names of the scope.
  var names = LogNames()
  /// The name of the scope; empty without it.
  var name: [UInt8] = []
  /// The members of the payload that describe scope and resource: `,"scope":{…},"resource":{…}`. Empty without both.
  var members = JSONTextBuilder()

  /// Sets the name of the scope to a part of `bytes`.
  mutating func setName(_ range: Range<Int>, of bytes: RawSpan) {
    name.removeAll(keepingCapacity: true)
    bytes.extracting(range).withUnsafeBytes { name.append(contentsOf: $0) }
  }

  /// Clears the scope and keeps the memory of its texts.
  mutating func clear() {
    names = LogNames()
    name.removeAll(keepingCapacity: true)
    members.removeAll()
  }
}

/// The part of an event that all records of a resource share.
struct LogResource {
  /// The names of the resource.
  var names = LogNames()
  /// The member of the payload that describes the resource: `,"resource":{…}`. Empty without attributes.
  var members = JSONTextBuilder()

  /// Clears the resource and keeps the memory of its text.
  mutating func clear() {
    names = LogNames()
    members.removeAll()
  }
}
