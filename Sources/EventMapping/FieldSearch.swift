internal import TextFormats

/// Finds the fields of a mapping in one object after the other, in one pass over its members. Only objects that a
/// path with dots leads into are read again.
struct FieldSearch: Sendable {
  /// A member of an object.
  struct Member: Hashable, Sendable {
    /// The offset of the name.
    let start: Int
    /// The range of the value.
    let value: Range<Int>
    /// The offset after the value, or after the comma that follows it.
    let end: Int
    /// Whether no comma follows.
    let isLast: Bool
  }

  private struct Wanted: Sendable {
    let field: MappedField
    let path: FieldPath
    /// Bytes of the path as one name, and of its first name. Most members have names of other lengths, so they are told
    /// apart without reading the path.
    let size: Int
    let firstSize: Int
    /// The member that the path names; nil when there is none.
    var found: Member?
    /// The object that the first name leads into; nil when there is none.
    var inner: Range<Int>?
    var isRepeated = false

    init(_ field: MappedField, _ path: FieldPath) {
      (self.field, self.path) = (field, path)
      (size, firstSize) = (path.rest(at: 0).count, path.name(at: 0).count)
    }
  }

  private var wanted: [Wanted]
  private var name: [UInt8] = []

  init(_ mapping: EventMapping) {
    wanted = MappedField.allCases.compactMap { field in
      mapping.path(of: field).map { Wanted(field, $0) }
    }
  }

  /// Forgets the last object.
  mutating func clear() {
    for index in wanted.indices {
      wanted[index].found = nil
      wanted[index].inner = nil
      wanted[index].isRepeated = false
    }
  }

  /// Searches the object at `scanner` and consumes it.
  /// - Returns: the range of the object.
  mutating func run(_ scanner: inout JSONScanner, in bytes: RawSpan) throws(JSONSyntaxError) -> Range<Int> {
    clear()
    if wanted.isEmpty { return try scanner.value(in: bytes) }
    let start = scanner.place
    try scanner.take("{", in: bytes)
    if !scanner.takes("}", in: bytes) {
      var hasMore = true
      while hasMore {
        let (member, name) = try Self.member(&scanner, in: bytes, decoded: &name)
        match(member, name, in: bytes)
        hasMore = !member.isLast
      }
      try scanner.take("}", in: bytes)
    }
    let end = scanner.place
    for index in wanted.indices where wanted[index].found == nil {
      try descend(index, in: bytes)
    }
    return start..<end
  }

  /// The value of `field`; nil when it is absent.
  func value(of field: MappedField) -> Range<Int>? {
    // A copy of the element, which `first` would return, would count the references of its path.
    for index in wanted.indices where wanted[index].field == field { return wanted[index].found?.value }
    return nil
  }

  /// The first field whose member is given twice; nil when none is.
  var repeated: MappedField? {
    for index in wanted.indices where wanted[index].isRepeated { return wanted[index].field }
    return nil
  }

  /// Returns the found members within `range`, except the payload, ascending, and without those that are in
  /// others.
  func cuts(within range: Range<Int>) -> [Member] {
    let members = wanted.compactMap { $0.field == .payload ? nil : $0.found }
      .filter { range.lowerBound < $0.start && $0.end <= range.upperBound }.sorted { $0.start < $1.start }
    var cuts: [Member] = []
    for member in members where member.start >= cuts.last?.end ?? 0 { cuts.append(member) }
    return cuts
  }

  private mutating func match(_ member: Member, _ given: Range<Int>?, in bytes: RawSpan) {
    for index in wanted.indices {
      if let size = given?.count, size != wanted[index].size, size != wanted[index].firstSize { continue }
      let path = wanted[index].path
      if isName(given, path.bytes, path.rest(at: 0), in: bytes) {
        wanted[index].isRepeated = wanted[index].found != nil
        wanted[index].found = member
      } else if path.hasMore(after: 0), isName(given, path.bytes, path.name(at: 0), in: bytes),
        JSONScanner.byte(member.value.lowerBound, bytes) == UInt8(ascii: "{")
      {
        wanted[index].inner = member.value
      }
    }
  }

  /// Follows the path of `wanted[index]` from the second name on.
  private mutating func descend(_ index: Int, in bytes: RawSpan) throws(JSONSyntaxError) {
    let path = wanted[index].path
    var level = 1
    var next = wanted[index].inner
    while let object = next {
      assert(level < path.starts.count, "only a name with more names after it leads into an object")
      next = nil
      var scanner = JSONScanner(object)
      try scanner.take("{", in: bytes)
      var hasMore = !scanner.takes("}", in: bytes)
      while hasMore {
        let (member, given) = try Self.member(&scanner, in: bytes, decoded: &name)
        if isName(given, path.bytes, path.rest(at: level), in: bytes) {
          wanted[index].isRepeated = wanted[index].found != nil
          wanted[index].found = member
        } else if path.hasMore(after: level), isName(given, path.bytes, path.name(at: level), in: bytes),
          JSONScanner.byte(member.value.lowerBound, bytes) == UInt8(ascii: "{")
        {
          next = member.value
        }
        hasMore = !member.isLast
      }
      if wanted[index].found != nil { return }
      level += 1
    }
  }

  /// Whether a name is the bytes of `part`.
  /// - Parameter given: The name in the input; nil when it has escapes and is in `name`.
  private func isName(_ given: Range<Int>?, _ path: [UInt8], _ part: Range<Int>, in bytes: RawSpan) -> Bool {
    guard let given else { return name.elementsEqual(path[part]) }
    guard given.count == part.count else { return false }
    var offset = 0
    while offset < part.count {
      guard JSONScanner.byte(given.lowerBound &+ offset, bytes) == path[part.lowerBound &+ offset] else {
        return false
      }
      offset &+= 1
    }
    return true
  }

  /// Consumes a member and the comma after it.
  /// - Parameter decoded: Takes the name if it has escapes.
  /// - Returns: the member, and the name without quotation marks; nil when it has escapes.
  private static func member(
    _ scanner: inout JSONScanner, in bytes: RawSpan, decoded: inout [UInt8]
  ) throws(JSONSyntaxError) -> (Member, Range<Int>?) {
    guard scanner.peek(in: bytes) == UInt8(ascii: "\"") else { throw scanner.error("a name is missing") }
    let before = scanner
    let quoted = try scanner.value(in: bytes)
    var given: Range<Int>? = quoted.lowerBound + 1..<quoted.upperBound - 1
    if hasEscape(quoted, in: bytes) {
      var again = before
      _ = try again.string(into: &decoded, in: bytes)
      given = nil
    }
    try scanner.take(":", in: bytes)
    let value = try scanner.value(in: bytes)
    let isLast = !scanner.takes(",", in: bytes)
    let end = isLast ? value.upperBound : scanner.place
    return (Member(start: quoted.lowerBound, value: value, end: end, isLast: isLast), given)
  }

  private static func hasEscape(_ range: Range<Int>, in bytes: RawSpan) -> Bool {
    for place in range where JSONScanner.byte(place, bytes) == UInt8(ascii: "\\") { return true }
    return false
  }
}
