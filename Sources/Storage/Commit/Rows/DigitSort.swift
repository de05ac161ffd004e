/// An event with the part of its key that decides the order in most cases: see `KeyOrder`.
struct DigitKey {
  let digits: UInt64
  let event: Int32
}

extension [DigitKey] {
  /// Number of elements below which a sort by comparison is faster.
  private static let fewest = 256

  /// Sorts by `digits`. Elements with equal digits keep their order, which is ascending by `event`.
  ///
  /// A radix sort, byte by byte from the least significant byte; each pass takes time in proportion to the
  /// number of elements (Knuth, "The Art of Computer Programming", volume 3, section 5.2.5). A byte that is
  /// equal in all elements needs no pass.
  mutating func sortByDigits() {
    guard count >= Self.fewest else {
      return sort { ($0.digits, $0.event) < ($1.digits, $1.event) }
    }
    precondition(count <= Int(Int32.max), "32 bits count the events of a group")
    var counts = digitCounts()
    var sorted = self
    for byte in 0..<8 {
      let shift = UInt64(8 * byte)
      let row = byte << 8
      guard counts[row | Self.digit(self[0].digits, shift)] < count else { continue }
      var next: Int32 = 0
      for place in row..<row + 256 { (counts[place], next) = (next, next + counts[place]) }
      for key in self {
        let place = row | Self.digit(key.digits, shift)
        sorted[Int(counts[place])] = key
        counts[place] += 1
      }
      swap(&self, &sorted)
    }
    assert(zip(self, dropFirst()).allSatisfy { $0.digits <= $1.digits }, "the digits ascend")
  }

  /// Number of elements with each value of each byte: 256 counts for the least significant byte, then 256 for
  /// the next byte, and so on.
  private func digitCounts() -> [Int32] {
    var counts = [Int32](repeating: 0, count: 8 << 8)
    for key in self {
      for byte in 0..<8 { counts[byte << 8 | Self.digit(key.digits, UInt64(8 * byte))] += 1 }
    }
    return counts
  }

  @inline(__always)
  private static func digit(_ digits: UInt64, _ shift: UInt64) -> Int {
    Int(truncatingIfNeeded: digits &>> shift) & 0xFF
  }
}
