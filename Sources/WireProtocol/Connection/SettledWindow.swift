/// The settled sequences of one producer, as one connection knows them.
struct SettledWindow {
  /// The sequence at or below which everything is settled. Never falls.
  private(set) var through: UInt64
  private var ahead: Set<UInt64>

  /// The state that a registration returned.
  init(base: UInt64, floor: UInt64, settled: some Sequence<UInt64>) {
    precondition(base >= 1, "sequences begin at 1")
    let start = max(base - 1, floor)
    through = start
    ahead = Set(settled.lazy.filter { $0 > start })
    advance()
  }

  mutating func settle(_ sequence: UInt64) {
    guard sequence > through else { return }
    ahead.insert(sequence)
    advance()
  }

  /// Notes that the producer will send nothing below `base`.
  mutating func raise(base: UInt64) {
    guard base > through + 1 else { return }
    through = base - 1
    ahead = ahead.filter { $0 > through }
    advance()
  }

  private mutating func advance() {
    while through < .max, ahead.remove(through + 1) != nil { through += 1 }
  }
}
