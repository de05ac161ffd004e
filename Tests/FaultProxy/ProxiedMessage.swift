/// What the proxy knows of a message: its kind and its first bytes.
public struct ProxiedMessage: Hashable, Sendable {
  /// The type byte of a Sluice frame or of a Postgres message; 0 for Postgres's startup packets, which have
  /// none.
  public let kind: UInt8
  /// The beginning of the body, at most `MessageScanner.headBytes` of it.
  public let head: [UInt8]

  /// Whether `text` is somewhere in the beginning of the body.
  func contains(_ text: String) -> Bool {
    let wanted = Array(text.utf8)
    guard head.count >= wanted.count else { return false }
    return (0...head.count - wanted.count).contains { head[$0...].starts(with: wanted) }
  }
}

/// Which messages are meant.
public struct MessagePattern: Sendable {
  let matches: @Sendable (ProxiedMessage) -> Bool

  /// Those for which `matches` is true.
  public init(_ matches: @escaping @Sendable (ProxiedMessage) -> Bool) {
    self.matches = matches
  }

  /// Every message.
  public static let any = MessagePattern { _ in true }

  /// Sluice frames of one type (`spec/wire-protocol.md`, section 3).
  public static func frame(_ type: UInt8) -> MessagePattern {
    MessagePattern { $0.kind == type }
  }

  /// Postgres messages of one type whose body begins so
  /// (https://www.postgresql.org/docs/current/protocol-message-formats.html).
  public static func postgres(_ type: Character, startingWith text: String = "") -> MessagePattern {
    MessagePattern { $0.kind == type.asciiValue && $0.head.starts(with: text.utf8) }
  }

  /// A client's Query or Parse with COMMIT in the beginning of its text.
  public static let commitRequest = MessagePattern {
    [UInt8(ascii: "Q"), UInt8(ascii: "P")].contains($0.kind) && $0.contains("COMMIT")
  }

  /// Postgres's word that a transaction is committed. It leaves the server after the commit is durable, so a
  /// cut before it is the cut between COMMIT and its answer.
  public static let commitAnswer = MessagePattern.postgres("C", startingWith: "COMMIT\0")
}
