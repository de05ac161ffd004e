#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What the operating system refused, in one line that says what, where and what to do.
///
///     cannot listen on 127.0.0.1:7171: address already in use; another program holds the port
public struct SocketError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was being done.
  public enum Operation: String, Hashable, Sendable {
    /// Reading an address out of a text.
    case parse = "read an address from"
    /// Turning a host name into addresses.
    case resolve
    /// Binding and listening.
    case listen = "listen on"
    /// Taking a connection from the listening socket's queue.
    case accept = "accept a connection on"
    /// Connecting.
    case connect = "connect to"
    /// Receiving bytes from a peer.
    case receive = "receive from"
    /// Sending bytes to a peer.
    case send = "send to"
  }

  /// What was being done.
  public let operation: Operation
  /// The system's number for the reason (`errno`); 0 when the reason is not the system's.
  public let code: CInt
  /// Where, for people: an address, a host with its port, or the text that could not be read.
  public let place: String
  /// Why, for people, without a full stop.
  public let reason: String

  /// A failure that the system explained with `code`, an `errno`.
  public init(_ operation: Operation, _ place: String, code: CInt) {
    self.operation = operation
    self.place = place
    self.code = code
    self.reason = Self.reason(of: code, during: operation)
  }

  /// A failure explained by `reason`; `code` is the `errno` that a program may look at.
  public init(_ operation: Operation, _ place: String, reason: String, code: CInt = 0) {
    self.operation = operation
    self.place = place
    self.code = code
    self.reason = reason
  }

  /// The line shown above.
  public var description: String { "cannot \(operation.rawValue) \(place): \(reason)" }

  /// Whether the operation was given up by its owner.
  public var isCancelled: Bool { code == ECANCELED }
}

extension SocketError {
  /// The text of `code`, and where there is something to do about it, what.
  static func reason(of code: CInt, during operation: Operation) -> String {
    let text = String(cString: strerror(code))
    let plain = text.prefix(1).lowercased() + text.dropFirst()
    guard let advice = advice(on: code, during: operation) else { return plain }
    return "\(plain); \(advice)"
  }

  private static func advice(on code: CInt, during operation: Operation) -> String? {
    switch (operation, code) {
    case (.listen, EADDRINUSE): "another program holds the port"
    case (.listen, EADDRNOTAVAIL): "no interface of this machine has that address"
    case (.listen, EACCES): "ports below 1024 need a privilege"
    case (_, EAFNOSUPPORT): "this machine has that version of IP switched off"
    case (.accept, EMFILE): "raise the limit of open files (ulimit -n) or lower the limit of connections"
    case (.accept, ENFILE): "the whole machine has used up its open files"
    case (.connect, ECONNREFUSED): "nothing listens there"
    default: nil
    }
  }
}
