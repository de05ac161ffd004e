import WireProtocol

/// The topics that a principal may publish: some names, and all names with some prefixes. Names are compared byte
/// by byte.
///
/// A look-up compares O(log n) names and allocates nothing, because it runs for each topic of each batch.
public struct TopicGate: Sendable {
  /// The permitted names, in ascending order.
  private let names: [[UInt8]]
  /// The permitted prefixes, in ascending order. None of them is the beginning of another one, so a topic has at
  /// most one candidate: the last prefix that is not after the topic.
  private let prefixes: [[UInt8]]

  /// A gate for these topics.
  /// - Parameters:
  ///   - names: whole topics.
  ///   - prefixes: beginnings of topics; the empty text permits every topic.
  public init(names: some Sequence<String>, prefixes: some Sequence<String>) {
    self.names = names.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }
    var kept: [[UInt8]] = []
    for prefix in prefixes.map({ Array($0.utf8) }).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      if let last = kept.last, prefix.starts(with: last) { continue }
      kept.append(prefix)
    }
    self.prefixes = kept
  }

  /// Whether the topic with these bytes may be published.
  public func permits(_ topic: RawSpan) -> Bool {
    if let name = Self.last(of: names, notAfter: topic), Self.compare(name, topic) == 0 { return true }
    guard let prefix = Self.last(of: prefixes, notAfter: topic), prefix.count <= topic.byteCount else {
      return false
    }
    return Self.compare(prefix, topic.extracting(0..<prefix.count)) == 0
  }

  /// The first topic of the dictionary that may not be published; nil when all may.
  func firstForbidden(in columns: borrowing EventColumns) -> String? {
    let bytes = columns.bytes.span.bytes
    for range in columns.topicRanges() where !permits(bytes.extracting(range)) {
      return String(decoding: columns.bytes[range], as: UTF8.self)
    }
    return nil
  }

  private static func last(of texts: [[UInt8]], notAfter topic: RawSpan) -> [UInt8]? {
    var (low, high) = (0, texts.count)
    while low < high {
      let middle = low + (high - low) / 2
      if compare(texts[middle], topic) <= 0 { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? texts[low - 1] : nil
  }

  /// Below zero when `text` is before `topic`, zero when they are equal, above zero otherwise.
  private static func compare(_ text: [UInt8], _ topic: RawSpan) -> Int {
    for index in 0..<min(text.count, topic.byteCount) {
      let other = topic.unsafeLoad(fromByteOffset: index, as: UInt8.self)
      if text[index] != other { return text[index] < other ? -1 : 1 }
    }
    return text.count - topic.byteCount
  }
}
