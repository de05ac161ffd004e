internal import Base
internal import Glibc

/// The line to the service manager that started this process, such as systemd: the datagrams of sd_notify(3).
///
/// The manager waits for `ready` before it starts services that need this one, and restarts a service whose
/// `watchdog` stays away.
public final class ServiceNotifier: Sendable {
  /// A state to tell the manager.
  public enum State: Hashable, Sendable {
    /// The service serves.
    case ready
    /// The service is going to end.
    case stopping
    /// A sentence for people, which `systemctl status` shows.
    case status(String)
    /// The start, or the end, may take this time from now on.
    case extendTimeout(Duration)
    /// The service works.
    case watchdog
  }

  /// The longest text of a status in bytes.
  private static let longestStatus = 500

  private let descriptor: Int32
  private let address: sockaddr_un
  private let length: socklen_t
  private let hasWatchdog: Bool

  /// Opens the line that the environment names in `NOTIFY_SOCKET`; nil when it names none, or when no socket can be
  /// made.
  /// - Parameter processID: The id of this process. A watchdog for another process (`WATCHDOG_PID`) is ignored.
  public init?(environment: [String: String], processID: Int32) {
    guard let path = environment["NOTIFY_SOCKET"],
      let (address, length) = Self.address(of: path)
    else { return nil }
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    self.descriptor = descriptor
    (self.address, self.length) = (address, length)
    let watched = environment["WATCHDOG_PID"].map { $0 == "\(processID)" } ?? true
    hasWatchdog = watched && environment["WATCHDOG_USEC"].flatMap { UInt64($0) } ?? 0 > 0
  }

  deinit { close(descriptor) }

  /// Tells the manager about the present states in one datagram. A datagram that the manager does not take within
  /// a second is lost.
  public func tell(_ states: State...) {
    let states = states.filter { hasWatchdog || $0 != .watchdog }
    guard !states.isEmpty else { return }
    let text = Array(states.map(Self.text).joined(separator: "\n").utf8)
    var limit = timeval(tv_sec: 1, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    _ = withUnsafePointer(to: address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        sendto(descriptor, text, text.count, Int32(MSG_NOSIGNAL), $0, length)
      }
    }
  }

  private static func text(_ state: State) -> String {
    switch state {
    case .ready: "READY=1"
    case .stopping: "STOPPING=1"
    // A line break would begin another state.
    case .status(let text):
      "STATUS="
        + String(decoding: text.utf8.prefix(longestStatus).map { $0 < 0x20 ? 0x20 : $0 }, as: UTF8.self)
    case .extendTimeout(let time): "EXTEND_TIMEOUT_USEC=\(time.wholeMicroseconds)"
    case .watchdog: "WATCHDOG=1"
    }
  }

  /// Returns the address of a path, or of an abstract name that begins with `@` (unix(7)); nil for another text.
  private static func address(of path: String) -> (sockaddr_un, socklen_t)? {
    guard path.hasPrefix("/") || path.hasPrefix("@"), path.utf8.count > 1 else { return nil }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    var bytes = Array(path.utf8)
    if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let start = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? MemoryLayout<sa_family_t>.size
    // The end of an abstract name is its length; a path ends with a zero byte.
    return (address, socklen_t(start + bytes.count + (bytes[0] == 0 ? 0 : 1)))
  }
}
