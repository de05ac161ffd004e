/// The bad places of a request that publishes: the first 20, and how many events have some.
struct FaultList {
  /// How many are told.
  static let capacity = 20

  /// The first ones, in the order of the body.
  private(set) var faults: [Problem.Fault] = []
  /// Events with at least one fault.
  private(set) var badEvents = 0

  /// Counts an event with `faults`, which may be none.
  mutating func add(_ faults: [Problem.Fault]) {
    guard !faults.isEmpty else { return }
    badEvents += 1
    self.faults += faults.prefix(Self.capacity - self.faults.count)
  }
}
