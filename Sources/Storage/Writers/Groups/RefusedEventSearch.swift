/// Finds the events that a store refuses by trying halves: a few refused ones among n cost about
/// log2(n) trials each.
enum RefusedEventSearch {
  /// The positions in `positions` that `accepts` refuses even when tried alone, ascending.
  static func find<Failure: Error>(
    in positions: Range<Int>, accepts: (Range<Int>) throws(Failure) -> Bool
  ) throws(Failure) -> [Int] {
    var found: [Int] = []
    // An explicit stack; the lower half on top, so that positions come out in order.
    var untried = [positions]
    while let range = untried.popLast() {
      guard !range.isEmpty, try !accepts(range) else { continue }
      guard range.count > 1 else {
        found.append(range.lowerBound)
        continue
      }
      let middle = range.lowerBound + range.count / 2
      untried.append(middle..<range.upperBound)
      untried.append(range.lowerBound..<middle)
    }
    return found
  }
}
