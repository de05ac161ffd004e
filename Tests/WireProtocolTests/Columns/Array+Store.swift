extension [UInt8] {
  /// Overwrites a little-endian number.
  mutating func store(_ number: some FixedWidthInteger & BitwiseCopyable, at offset: Int) {
    withUnsafeMutableBytes {
      $0.storeBytes(of: number.littleEndian, toByteOffset: offset, as: type(of: number))
    }
  }
}
