import ArgumentParser
import TextFormats

/// A duration with its unit: `250ms`, `30s`, `5m`, `1h`, `7d`.
struct DurationArgument: ExpressibleByArgument, Hashable, Sendable {
  let milliseconds: Int

  init(milliseconds: Int) {
    self.milliseconds = milliseconds
  }

  init?(argument: String) {
    guard let milliseconds = UnitScale.milliseconds.read(argument), milliseconds > 0 else { return nil }
    self.milliseconds = milliseconds
  }

  var duration: Duration { .milliseconds(milliseconds) }

  /// The text in the largest unit that gives a whole number.
  var text: String { UnitScale.milliseconds.write(milliseconds) }

  var defaultValueDescription: String { text }
}

/// A time that bounds a search: ISO 8601, or a distance from now. The server reads it.
struct TimeArgument: ExpressibleByArgument, Hashable, Sendable {
  /// The text for the server.
  let text: String

  /// A distance may be written without its sign, because only times before now are stored.
  init?(argument: String) {
    guard !argument.isEmpty else { return nil }
    let isDistance = UnitScale.milliseconds.read(argument) != nil
    text = isDistance ? "-\(argument)" : argument
  }
}
