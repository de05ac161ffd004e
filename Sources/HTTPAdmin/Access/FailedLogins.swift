/// Counts the wrong keys of each address. Pure.
struct FailedLogins {
  /// Wrong keys that an address may send at once.
  static let burst = 10
  /// The time after which one more wrong key is within the limit.
  static let interval = Duration.seconds(10)
  /// Addresses that are remembered at a time.
  static let addressLimit = 4_096

  /// The moments at which the addresses have no wrong key left that counts.
  private var ends: [[UInt8]: ContinuousClock.Instant] = [:]

  /// Addresses that are remembered.
  var count: Int { ends.count }

  /// Counts a wrong key.
  /// - Returns: Whether the address is within its limit.
  mutating func add(from address: [UInt8], at now: ContinuousClock.Instant) -> Bool {
    if ends[address] == nil, ends.count >= Self.addressLimit { forget(at: now) }
    let end = max(ends[address] ?? now, now)
    guard now.duration(to: end) + Self.interval <= Self.interval * Self.burst else { return false }
    ends[address] = end + Self.interval
    return true
  }

  /// Forgets the addresses without a wrong key that counts; all of them when every address has one.
  private mutating func forget(at now: ContinuousClock.Instant) {
    ends = ends.filter { $0.value > now }
    if ends.count >= Self.addressLimit { ends = [:] }
  }
}
