#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A refusal of the operating system, in one line that says what was refused, where, and what to do.
///
///     cannot listen on 127.0.0.1:7171: address already in use; another program holds the port
public struct SocketError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The operation that was refused, as the error text says it.
  public enum Operation: String, Hashable, Sendable {
    /// Reading an address from a text.
    case parse = "read an address from"
    /// Looking up the addresses of a host name.
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
    /// Encrypting the connection, and proving who its ends are.
    case secure = "use TLS with"
  }

  /// The operation that was refused.
  public let operation: Operation
  /// The system's number of the reason (`errno`); 0 when the reason is not from the system.
  public let code: CInt
  /// The place, for people: an address, a host with its port, or the text that could not be read.
  public let place: String
  /// The reason and what to do, for people, without a full stop.
  public let reason: String

  /// A failure with the reason `code`, an `errno` of the system.
  public init(_ operation: Operation, _ place: String, code: CInt) {
    self.operation = operation
    self.place = place
    self.code = code
    self.reason = Self.reason(of: code, during: operation)
  }

  /// A failure with a reason in words; programs look at `code`, an `errno` or 0.
  public init(_ operation: Operation, _ place: String, reason: String, code: CInt = 0) {
    self.operation = operation
    self.place = place
    self.code = code
    self.reason = reason
  }

  /// The line as shown above: `cannot <operation> <place>: <reason>`.
  public var description: String { "cannot \(operation.rawValue) \(place): \(reason)" }

  /// Whether the owner cancelled the operation.
  public var isCancelled: Bool { code == ECANCELED }
}

extension SocketError {
  /// The system's text of `code`, followed by what to do about it where this is known.
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
