/// Columns by the text of the specification alone, with one rule broken if wanted.
struct ReferenceColumns {
  struct Event {
    let topic: [UInt8]
    let source: [UInt8]
    let id: [UInt8]
    /// Nil beyond 64 bits.
    let time: Int64?
    let payload: [UInt8]?
  }

  let broken: Rule?
  private(set) var topics: [[UInt8]] = []
  private(set) var sources: [[UInt8]] = []
  private(set) var ids: [[UInt8]] = []
  private var topicOf: [Int] = []
  private var sourceOf: [Int] = []
  private var times: [Int64?] = []
  private var payloads: [[UInt8]?] = []

  init(_ raw: [UInt8], broken: Rule?) throws {
    self.broken = broken
    do {
      try read(raw)
    } catch {
      throw Violation("MALFORMED_COLUMNS")
    }
  }

  private mutating func read(_ raw: [UInt8]) throws {
    var reader = FieldReader(raw, broken: nil)
    var counts: [Int] = []
    for _ in 0..<7 { counts.append(Int(try reader.integer(4))) }
    let (n, width, reserved) = (counts[0], Int(try reader.integer(1)), try reader.block(3))
    let base = Int64(bitPattern: try reader.integer(8))
    func require(_ holds: Bool, _ rule: Rule) throws {
      if !holds, broken != rule { throw Violation.malformed }
    }
    if n == 0, broken == .atLeastOneEvent { return }
    try require(n > 0, .atLeastOneEvent)
    try require((1...max(1, n)).contains(counts[1]), .topicsUpToEvents)
    try require((1...max(1, n)).contains(counts[2]), .sourcesUpToEvents)
    try require(width == 4 || width == 8, .timeWidth)
    try require(reserved == [0, 0, 0], .columnsReserved)
    if broken == .timeWidth, width != 4, width != 8 { return }
    topics = try dictionary(&reader, counts[1], counts[3], .topicSum)
    sources = try dictionary(&reader, counts[2], counts[4], .sourceSum)
    topicOf = try (0..<n).map { _ in Int(try reader.integer(2)) }
    sourceOf = try (0..<n).map { _ in Int(try reader.integer(2)) }
    try require(topicOf.allSatisfy { $0 < topics.count }, .topicIndex)
    try require(sourceOf.allSatisfy { $0 < sources.count }, .sourceIndex)
    times = try (0..<n).map { _ in time(base, try reader.integer(width), width) }
    if broken == .deltaOfBase {
      for index in times.indices.dropFirst() {
        times[index] = times[index].map { $0 &+ ((times[index - 1] ?? 0) &- base) }
      }
    }
    ids = try dictionary(&reader, n, counts[5], .idSum)
    let lengths = try (0..<n).map { _ in Int(try reader.integer(4)) }
    let present = lengths.map { $0 == 0xFFFF_FFFF && broken != .absentPayload ? 0 : $0 }
    try require(present.reduce(0, +) == counts[6], .payloadSum)
    payloads = try lengths.map { length in
      length == 0xFFFF_FFFF && broken != .absentPayload
        ? nil : try reader.block(min(length, broken == .payloadSum ? reader.remaining : length))
    }
    if reader.remaining > 0, broken != .partsFillColumns { throw Violation.malformed }
  }

  private func dictionary(
    _ reader: inout FieldReader, _ count: Int, _ bytes: Int, _ rule: Rule
  ) throws -> [[UInt8]] {
    guard count <= reader.remaining else { throw Violation.malformed }
    let lengths = try (0..<count).map { _ in Int(try reader.integer(2)) }
    guard lengths.reduce(0, +) == bytes || broken == rule else { throw Violation.malformed }
    let text = try reader.block(bytes)
    var at = 0
    return lengths.map { length in
      defer { at += length }
      return Array(text.dropFirst(at).prefix(length))
    }
  }

  private func time(_ base: Int64, _ field: UInt64, _ width: Int) -> Int64? {
    let signed = width == 8 ? Int64(bitPattern: field) : Int64(Int32(bitPattern: UInt32(field)))
    let delta = broken == .deltaSigned ? Int64(bitPattern: field) : signed
    let (sum, overflow) = base.addingReportingOverflow(delta)
    return overflow && broken != .timeOverflow ? nil : sum
  }

  /// The events, where every index leads somewhere.
  var events: [Event] {
    ids.indices.map { index in
      Event(
        topic: topics.indices.contains(topicOf[index]) ? topics[topicOf[index]] : [],
        source: sources.indices.contains(sourceOf[index]) ? sources[sourceOf[index]] : [],
        id: ids[index], time: times[index], payload: payloads[index])
    }
  }

  /// The dead events and their reasons.
  var dead: [(position: Int, reason: String)] {
    let anyBadName =
      (topics.compactMap { fault(ofName: $0, "topic") } + sources.compactMap { fault(ofName: $0, "source") })
      .first
    return events.enumerated().compactMap { position, event in
      var faults = [
        fault(ofName: event.topic, "topic"), fault(ofName: event.source, "source"),
        fault(ofName: event.id, "event_id"),
        fault(ofTime: event.time), event.payload.flatMap { ReferenceJSON($0, broken: broken).fault },
      ]
      if broken == .unusedNames, let anyBadName { faults.insert(anyBadName, at: 0) }
      let swaps: [(Rule, Int)] = [
        (.topicBeforeSource, 0), (.sourceBeforeID, 1), (.idBeforeTime, 2), (.timeBeforePayload, 3),
      ]
      if let swap = swaps.first(where: { $0.0 == broken }) { faults.swapAt(swap.1, swap.1 + 1) }
      return faults.compactMap { $0 }.first.map { (position, $0) }
    }
  }

  private func fault(ofName name: [UInt8], _ kind: String) -> String? {
    let isText =
      ReferenceText.isUTF8(name, broken: broken == .nameIsUTF8 ? .payloadUTF8 : nil)
      && (!name.contains(0) || broken == .nameHasNoNull)
    let count = broken == .scalarsNotBytes ? name.count : name.count { $0 & 0xC0 != 0x80 }
    let isLong = count > 255 && broken != .longestName || name.isEmpty && broken != .emptyName
    if broken == .textBeforeLength, isLong { return kind + "_length" }
    return isText ? isLong ? kind + "_length" : nil : kind + "_text"
  }

  private func fault(ofTime time: Int64?) -> String? {
    guard let time else { return "timestamp_range" }
    if time < -62_135_596_800_000_000, broken != .earliest { return "timestamp_range" }
    return time > 253_402_300_799_999_999 && broken != .latest ? "timestamp_range" : nil
  }
}

/// UTF-8 by RFC 3629.
enum ReferenceText {
  static func isUTF8(_ bytes: [UInt8], broken: Rule?) -> Bool {
    var at = 0
    while at < bytes.count {
      guard let size = size(at, bytes, broken: broken) else { return false }
      at += size
    }
    return true
  }

  /// The bytes of the character at a place; nil for none.
  static func size(_ at: Int, _ bytes: [UInt8], broken: Rule?) -> Int? {
    let first = bytes[at]
    if first < 0x80 || broken == .payloadUTF8 { return 1 }
    let size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
    guard first >= 0xC0, first < 0xF8, at + size <= bytes.count else { return nil }
    let tail = bytes[(at + 1)..<(at + size)]
    guard tail.allSatisfy({ $0 & 0xC0 == 0x80 }) else { return nil }
    let scalar = tail.reduce(UInt32(first) & (size == 2 ? 0x1F : size == 3 ? 0x0F : 0x07)) {
      $0 << 6 | UInt32($1 & 0x3F)
    }
    if scalar < [0, 0, 0x80, 0x800, 0x10000][size], broken != .noOverlong { return nil }
    if (0xD800...0xDFFF).contains(scalar), broken != .noSurrogates { return nil }
    return scalar <= 0x10FFFF ? size : nil
  }
}
