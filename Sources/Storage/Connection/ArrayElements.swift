/// The elements of a `text[]` or `bytea[]` in the making, in its binary form, without an object for each.
struct ArrayElements {
  /// The elements, each with its length in front.
  private(set) var bytes: [UInt8] = []
  /// How many there are.
  private(set) var count = 0
  /// Whether some of them are NULL.
  private(set) var hasNulls = false

  /// Has room for so many bytes, of which each element takes four for its length.
  mutating func reserveCapacity(_ byteCount: Int) {
    bytes.reserveCapacity(byteCount)
  }

  /// Adds an element.
  mutating func append(_ element: RawSpan) {
    append(byteCount: element.byteCount) { bytes in
      element.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }
  }

  /// Adds an element of `byteCount` bytes, which `write` appends to what it gets.
  mutating func append(byteCount: Int, _ write: (inout [UInt8]) -> Void) {
    withUnsafeBytes(of: UInt32(byteCount).bigEndian) { bytes.append(contentsOf: $0) }
    let end = bytes.count + byteCount
    write(&bytes)
    precondition(bytes.count == end, "an element is as long as was said")
    count += 1
  }

  /// Adds a NULL.
  mutating func appendNull() {
    withUnsafeBytes(of: UInt32.max.bigEndian) { bytes.append(contentsOf: $0) }
    count += 1
    hasNulls = true
  }
}
