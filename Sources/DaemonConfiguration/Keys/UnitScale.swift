/// Units of one dimension, and how an amount is read and written with them.
struct UnitScale: Sendable {
  /// Suffix and factor, ascending; the first is what an amount is counted in.
  private let units: [(suffix: String, factor: Int)]
  /// Whether a number without a unit counts in the first one.
  private let allowsBareNumber: Bool

  /// Sizes in bytes, with the binary units of IEC 80000-13.
  static let bytes = UnitScale(
    units: [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)], allowsBareNumber: true)

  /// Durations in milliseconds. A bare number is refused: seconds and milliseconds are mixed up too easily.
  static let milliseconds = UnitScale(
    units: [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)],
    allowsBareNumber: false)

  /// The amount that `text` names, in the first unit; nil when it names none or one beyond `Int`.
  func read(_ text: String) -> Int? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let suffix = text.dropFirst(digits.count)
    guard let number = Int(digits) else { return nil }
    if suffix.isEmpty { return allowsBareNumber || number == 0 ? number : nil }
    guard let unit = units.first(where: { $0.suffix == suffix }) else { return nil }
    let (amount, overflow) = number.multipliedReportingOverflow(by: unit.factor)
    return overflow ? nil : amount
  }

  /// `amount` in the largest unit that leaves a whole number.
  func write(_ amount: Int) -> String {
    assert(amount >= 0, "a setting is never negative")
    let unit = units.last { amount >= $0.factor && amount.isMultiple(of: $0.factor) } ?? units[0]
    return "\(amount / unit.factor)\(unit.suffix)"
  }
}

extension Duration {
  /// Milliseconds, cut off; settings have no finer parts.
  var wholeMilliseconds: Int {
    Int(components.seconds) * 1_000 + Int(components.attoseconds / 1_000_000_000_000_000)
  }
}
