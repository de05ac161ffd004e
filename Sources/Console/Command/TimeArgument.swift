import ArgumentParser
import TextFormats

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
