/// The elements of a `text[]` in the making, in its binary form, without a `String` for each.
struct TextArray {
  /// The elements, each with its length in front.
  private(set) var elements: [UInt8] = []
  /// How many there are.
  private(set) var count = 0
  /// Whether some of them are NULL.
  private(set) var hasNulls = false

  /// Adds an element.
  mutating func append(_ text: RawSpan) {
    withUnsafeBytes(of: UInt32(text.byteCount).bigEndian) { elements.append(contentsOf: $0) }
    text.withUnsafeBytes { elements.append(contentsOf: $0) }
    count += 1
  }

  /// Adds a NULL.
  mutating func appendNull() {
    withUnsafeBytes(of: UInt32.max.bigEndian) { elements.append(contentsOf: $0) }
    count += 1
    hasNulls = true
  }
}
