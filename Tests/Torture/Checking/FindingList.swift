/// Mistakes of a run: the number of findings of each sort, and the texts of the first findings.
struct FindingList: Sendable {
  enum Sort: String, CaseIterable, Sendable {
    /// Events or batches that were reported as committed or settled, and are not in the database.
    case lost
    /// Events or batches that are stored or counted more than once.
    case doubled
    /// Numbers that do not agree.
    case counts
    /// Rows that nobody sent, or that differ from what was sent.
    case content
    /// Batches whose outcome their producer does not know at the end.
    case unsettled
    /// Programs that ended, or reported something, against expectation.
    case program
  }

  /// Maximum texts of each sort. Further findings of the sort are only counted.
  static let kept = 10

  private(set) var numbers: [Sort: Int] = [:]
  private(set) var texts: [String] = []

  var isEmpty: Bool { numbers.isEmpty }

  subscript(sort: Sort) -> Int { numbers[sort] ?? 0 }

  mutating func add(_ sort: Sort, _ text: @autoclosure () -> String) {
    numbers[sort, default: 0] += 1
    if self[sort] <= Self.kept { texts.append("\(sort.rawValue): \(text())") }
  }

  mutating func add(_ other: FindingList) {
    for (sort, number) in other.numbers { numbers[sort, default: 0] += number }
    texts += other.texts
  }
}
