/// The arrays and objects that are open, as one bit each: no recursion, no allocation.
struct JSONNesting {
  /// The most levels that can be kept.
  static let capacity = UInt128.bitWidth

  private var objects: UInt128 = 0
  private(set) var depth = 0

  /// Whether the innermost level is an object. Meaningless at depth 0.
  @inline(__always)
  var isInObject: Bool { objects & 1 == 1 }

  /// What closes the innermost level.
  @inline(__always)
  var closer: UInt8 { isInObject ? UInt8(ascii: "}") : UInt8(ascii: "]") }

  /// - Throws: `payloadDepth` when `limit` levels are open already.
  @inline(__always)
  mutating func open(object: Bool, limit: Int) throws(DeadReason) {
    guard depth < limit else { throw .payloadDepth }
    objects = objects &<< 1 | (object ? 1 : 0)
    depth += 1
  }

  @inline(__always)
  mutating func close() {
    assert(depth > 0)
    objects = objects &>> 1
    depth -= 1
  }
}
