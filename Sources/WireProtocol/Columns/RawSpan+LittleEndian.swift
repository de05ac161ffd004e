extension RawSpan {
  /// The little-endian integer at `offset`, at any alignment. Traps when it would leave the span.
  @inlinable
  @inline(__always)
  func littleEndian<Value: FixedWidthInteger & BitwiseCopyable>(_: Value.Type, at offset: Int) -> Value {
    // "unsafe" in the standard library because of types that not every bit pattern is valid for;
    // the bounds are checked, and every bit pattern is an integer.
    Value(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: Value.self))
  }

  /// The same where the bounds were checked before.
  @inlinable
  @inline(__always)
  func uncheckedLittleEndian<Value: FixedWidthInteger & BitwiseCopyable>(
    _: Value.Type, at offset: Int
  ) -> Value {
    assert(offset >= 0 && offset + MemoryLayout<Value>.size <= byteCount)
    return Value(littleEndian: unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: Value.self))
  }
}
