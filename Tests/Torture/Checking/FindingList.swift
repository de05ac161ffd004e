/// What is wrong with a run: how much of each sort, and the first of them in words.
struct FindingList: Sendable {
  enum Sort: String, CaseIterable, Sendable {
    /// Said to be committed, or settled, and not there.
    case lost
    /// Stored or counted more than once.
    case doubled
    /// Numbers that do not agree.
    case counts
    /// Rows that nobody sent, or that differ from what was sent.
    case content
    /// What its producer still does not know of at the end.
    case unsettled
    /// A program that ended or said something that it should not have.
    case program
  }

  /// So many of each sort are kept in words.
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
