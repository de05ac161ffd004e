/// The part of a message that the proxy knows: its kind and its first bytes.
public struct ProxiedMessage: Hashable, Sendable {
  /// The type byte of a Sluice frame or of a Postgres message; 0 for Postgres's startup packets, which have
  /// no type.
  public let kind: UInt8
  /// The beginning of the body, at most `MessageScanner.headBytes` bytes.
  public let head: [UInt8]

  /// Whether the beginning of the body contains `text`.
  func contains(_ text: String) -> Bool {
    let wanted = Array(text.utf8)
    guard head.count >= wanted.count else { return false }
    return (0...head.count - wanted.count).contains { head[$0...].starts(with: wanted) }
  }
}

/// A pattern that selects messages.
public struct MessagePattern: Sendable {
  let matches: @Sendable (ProxiedMessage) -> Bool

  /// A pattern of the messages for which `matches` is true.
  public init(_ matches: @escaping @Sendable (ProxiedMessage) -> Bool) {
    self.matches = matches
  }

  /// Every message.
  public static let any = MessagePattern { _ in true }

  /// Returns the pattern of Sluice frames of one type (`spec/wire-protocol.md`, section 3).
  public static func frame(_ type: UInt8) -> MessagePattern {
    MessagePattern { $0.kind == type }
  }

  /// Returns the pattern of Postgres messages of one type whose body begins with `text`
  /// (https://www.postgresql.org/docs/current/protocol-message-formats.html).
  public static func postgres(_ type: Character, startingWith text: String = "") -> MessagePattern {
    MessagePattern { $0.kind == type.asciiValue && $0.head.starts(with: text.utf8) }
  }

  /// The pattern of a client's Query or Parse that has COMMIT in the beginning of its text.
  public static let commitRequest = MessagePattern {
    [UInt8(ascii: "Q"), UInt8(ascii: "P")].contains($0.kind) && $0.contains("COMMIT")
  }

  /// The pattern of Postgres's message that a transaction is committed. The server sends it after the commit
  /// is durable, so a cut before it is a cut between COMMIT and its answer.
  public static let commitAnswer = MessagePattern.postgres("C", startingWith: "COMMIT\0")
}
