/// A `text[]` or `bytea[]` under construction, in its binary form. One buffer holds all elements, so that no
/// element needs an object of its own.
package struct ArrayElements {
  /// The encoded elements, each preceded by its length in four bytes.
  package private(set) var bytes: [UInt8] = []
  /// Number of elements, NULLs included.
  package private(set) var count = 0
  /// Whether at least one element is NULL.
  package private(set) var hasNulls = false

  /// Creates an array without elements.
  package init() {}

  /// Reserves room for `byteCount` bytes, which include four bytes for the length of each element.
  package mutating func reserveCapacity(_ byteCount: Int) {
    bytes.reserveCapacity(byteCount)
  }

  /// Adds an element.
  package mutating func append(_ element: RawSpan) {
    append(byteCount: element.byteCount) { bytes in
      element.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }
  }

  /// Adds an element of `byteCount` bytes. `write` must append exactly that many bytes to its argument.
  package mutating func append(byteCount: Int, _ write: (inout [UInt8]) -> Void) {
    precondition(byteCount >= 0 && byteCount <= Int(Int32.max), "the length of an element has 31 bits")
    withUnsafeBytes(of: UInt32(byteCount).bigEndian) { bytes.append(contentsOf: $0) }
    let end = bytes.count + byteCount
    write(&bytes)
    precondition(bytes.count == end, "`write` must append exactly `byteCount` bytes")
    count += 1
  }

  /// Adds a NULL.
  package mutating func appendNull() {
    withUnsafeBytes(of: UInt32.max.bigEndian) { bytes.append(contentsOf: $0) }
    count += 1
    hasNulls = true
  }
}
