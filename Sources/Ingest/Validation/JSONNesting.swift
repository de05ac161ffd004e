/// The arrays and objects that are open, as one bit each: no recursion and no allocation.
struct JSONNesting {
  /// The innermost 1 to 64 levels, the innermost lowest; a set bit is an object.
  private var objects: UInt64 = 0
  /// Full words of the levels outside of them, the outermost first: enough for `JSONCheck.deepest`.
  private var outer = InlineArray<15, UInt64>(repeating: 0)
  private(set) var depth = 0

  /// Whether the innermost level is an object; false when nothing is open.
  @inline(__always)
  var isInObject: Bool { objects & 1 == 1 }

  /// What closes the innermost level.
  @inline(__always)
  var closer: UInt8 { isInObject ? UInt8(ascii: "}") : UInt8(ascii: "]") }

  /// - Throws: `payloadDepth` when `limit` levels are open already.
  @inline(__always)
  mutating func open(object: Bool, limit: Int) throws(DeadReason) {
    guard depth < limit else { throw .payloadDepth }
    if depth & 63 == 0, depth > 0 {
      outer[depth &>> 6 &- 1] = objects
      objects = 0
    }
    objects = objects &<< 1 | (object ? 1 : 0)
    depth &+= 1
  }

  @inline(__always)
  mutating func close() {
    assert(depth > 0)
    objects = objects &>> 1
    depth &-= 1
    if depth & 63 == 0, depth > 0 { objects = outer[depth &>> 6 &- 1] }
  }
}
