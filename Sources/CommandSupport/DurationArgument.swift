import ArgumentParser
import TextFormats

/// A duration with its unit on a command line: `250ms`, `30s`, `5m`, `1h`, `7d`.
package struct DurationArgument: ExpressibleByArgument, Hashable, Sendable {
  /// The longest duration, a hundred years. Sums of times stay within their types with it.
  private static let longest = 36_525 * 86_400_000

  package let milliseconds: Int

  package init(milliseconds: Int) {
    self.milliseconds = milliseconds
  }

  package init?(argument: String) {
    guard let milliseconds = UnitScale.milliseconds.read(argument), (1...Self.longest).contains(milliseconds)
    else { return nil }
    self.milliseconds = milliseconds
  }

  package var duration: Duration { .milliseconds(milliseconds) }

  /// The text in the largest unit that gives a whole number.
  package var text: String { UnitScale.milliseconds.write(milliseconds) }

  package var defaultValueDescription: String { text }
}
