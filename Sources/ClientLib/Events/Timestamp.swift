#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The time of an event, in microseconds: what the server stores.
public struct Timestamp: Hashable, Comparable, Sendable {
  /// Microseconds since 1970-01-01T00:00:00Z, negative before. The server takes the years 1 to 9999; an
  /// event outside them becomes a dead event.
  public let microseconds: Int64

  /// The moment so many microseconds after 1970-01-01T00:00:00Z.
  public init(microseconds: Int64) {
    self.microseconds = microseconds
  }

  /// The system's clock, which people and time servers may set: it can jump.
  public static var now: Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
  }

  /// Whether `one` is earlier.
  public static func < (one: Timestamp, other: Timestamp) -> Bool { one.microseconds < other.microseconds }
}
