/// The units of one dimension, with the rules to read and write amounts.
package struct UnitScale: Sendable {
  /// The suffix and the factor of each unit, ascending. Amounts are counted in the first unit.
  private let units: [(suffix: String, factor: Int)]
  /// Whether a number without a unit is an amount in the first unit.
  private let allowsBareNumber: Bool

  /// Sizes in bytes, with the binary units of IEC 80000-13.
  package static let bytes = UnitScale(
    units: [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)], allowsBareNumber: true)

  /// Durations in milliseconds. A bare number is refused, because people confuse seconds and milliseconds
  /// easily.
  package static let milliseconds = UnitScale(
    units: [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)],
    allowsBareNumber: false)

  /// Returns the amount that `text` names, in the first unit; nil when `text` names no amount or an amount
  /// beyond `Int`.
  package func read(_ text: String) -> Int? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let suffix = text.dropFirst(digits.count)
    guard let number = Int(digits) else { return nil }
    if suffix.isEmpty { return allowsBareNumber || number == 0 ? number : nil }
    guard let unit = units.first(where: { $0.suffix == suffix }) else { return nil }
    let (amount, overflow) = number.multipliedReportingOverflow(by: unit.factor)
    return overflow ? nil : amount
  }

  /// Returns `amount` in the largest unit that gives a whole number.
  package func write(_ amount: Int) -> String {
    assert(amount >= 0, "a setting is never negative")
    let unit = units.last { amount >= $0.factor && amount.isMultiple(of: $0.factor) } ?? units[0]
    return "\(amount / unit.factor)\(unit.suffix)"
  }
}
