/// Finds the events that a store refuses by trying halves. A few refused events among n events take about
/// log2(n) trials each.
enum RefusedEventSearch {
  /// The positions in `positions`, ascending, that `accepts` refuses even when each is tried alone.
  static func find<Failure: Error>(
    in positions: Range<Int>, accepts: (Range<Int>) throws(Failure) -> Bool
  ) throws(Failure) -> [Int] {
    var found: [Int] = []
    // A stack of ranges. The lower half is on top, so that positions are found in ascending order.
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
    assert(zip(found, found.dropFirst()).allSatisfy { $0 < $1 }, "the positions ascend")
    assert(found.allSatisfy { positions.contains($0) }, "only tried positions are refused")
    return found
  }
}
