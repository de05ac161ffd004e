import Foundation

/// Numbers and times in a form for people.
enum Quantity {
  /// Returns the number with a comma between thousands.
  static func grouped(_ number: Int) -> String {
    var text = ""
    for (place, digit) in String(number.magnitude).reversed().enumerated() {
      if place > 0, place.isMultiple(of: 3) { text.append(",") }
      text.append(digit)
    }
    return (number < 0 ? "-" : "") + String(text.reversed())
  }

  /// Returns the number, or a dash when it is not known.
  static func grouped(_ number: Int?) -> String { number.map { grouped($0) } ?? "-" }

  /// Returns a number with its noun, such as `1 server` and `2 servers`.
  static func of(_ number: Int?, _ noun: String) -> String {
    "\(grouped(number)) \(noun)\(number == 1 ? "" : "s")"
  }

  /// Returns a rate or a duration: whole above 100, else with one decimal place; a dash when it is not known.
  static func rounded(_ number: Double?) -> String {
    guard let number, number.isFinite, abs(number) < 1e15 else { return "-" }
    if number == 0 { return "0" }
    return abs(number) >= 100 ? grouped(Int(number.rounded())) : String(format: "%.1f", number)
  }

  /// Returns bytes in the largest binary unit in which the number is at least 1.
  static func bytes(_ count: Int?) -> String {
    guard let count else { return "-" }
    let units = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
    guard let (unit, size) = units.first(where: { count >= $0.1 }) else { return "\(count) B" }
    return String(format: "%.1f", Double(count) / Double(size)) + " \(unit)"
  }

  /// Returns seconds in the two largest units, such as `3h 12m`.
  static func age(_ seconds: Int?) -> String {
    guard let seconds, seconds >= 0 else { return "-" }
    let parts = [
      ("d", seconds / 86_400), ("h", seconds / 3_600 % 24), ("m", seconds / 60 % 60), ("s", seconds % 60),
    ]
    let shown = parts.drop { $0.1 == 0 && $0.0 != "s" }.prefix(2)
    return shown.map { "\($0.1)\($0.0)" }.joined(separator: " ")
  }

  private static let blocks = Array("▁▂▃▄▅▆▇█")

  /// Returns a line of blocks whose heights are the numbers, the largest one full. A number that is not known is a
  /// blank.
  static func sparkline(_ numbers: [Double?]) -> String {
    let most = numbers.compactMap { $0 }.max() ?? 0
    return String(
      numbers.map { number -> Character in
        guard let number else { return " " }
        guard most > 0, number > 0 else { return blocks[0] }
        return blocks[min(7, Int((number / most * 7).rounded(.up)))]
      })
  }
}
