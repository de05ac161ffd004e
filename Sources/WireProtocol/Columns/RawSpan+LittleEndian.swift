extension RawSpan {
  /// The little-endian integer at `offset`, at any alignment. Traps when it would leave the span.
  @inlinable
  @inline(__always)
  func littleEndian<Value: FixedWidthInteger & BitwiseCopyable>(_: Value.Type, at offset: Int) -> Value {
    // "unsafe" in the standard library because of types that not every bit pattern is valid for;
    // the bounds are checked, and every bit pattern is an integer.
    Value(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: Value.self))
  }
}
