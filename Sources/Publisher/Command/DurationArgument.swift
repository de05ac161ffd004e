import ArgumentParser

/// A duration as people write it: `250ms`, `30s`, `5m`, `1h`.
struct DurationArgument: ExpressibleByArgument, Hashable, Sendable {
  private static let units: [(suffix: String, unit: Duration)] = [
    ("ms", .milliseconds(1)), ("s", .seconds(1)), ("m", .seconds(60)), ("h", .seconds(3_600)),
  ]

  let duration: Duration

  init(_ duration: Duration) {
    self.duration = duration
  }

  init?(argument: String) {
    guard let (suffix, unit) = Self.units.first(where: { argument.hasSuffix($0.suffix) }),
      let count = Int32(argument.dropLast(suffix.count)), count > 0
    else { return nil }
    duration = unit * Int(count)
  }

  var defaultValueDescription: String {
    let (suffix, unit) = Self.units.last { duration / $0.unit >= 1 } ?? Self.units[0]
    return "\(Int(duration / unit))\(suffix)"
  }
}
