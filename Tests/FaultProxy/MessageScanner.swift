/// What is spoken on a proxied connection, so that its messages can be counted. Unencrypted only.
public enum ProxiedProtocol: Hashable, Sendable {
  /// Anything: bytes alone are counted.
  case opaque
  /// Sluice's wire protocol, version 1.
  case sluice
  /// Postgres's frontend/backend protocol, version 3.
  case postgres
}

/// Finds the messages in one direction of a stream.
///
/// It keeps back only what it needs to tell what a message is; the rest of a message goes through as it
/// comes. What makes no sense goes through as it is, too: judging it is the receiver's part.
struct MessageScanner {
  /// So much of a message's body is looked at.
  static let headBytes = 256

  /// A part of the stream that is passed on at once.
  struct Piece: Equatable {
    let bytes: ArraySlice<UInt8>
    /// The message that begins with the first of these bytes.
    var begins: ProxiedMessage?
    /// The message that ends with the last of them.
    var ends: ProxiedMessage?
  }

  private enum State {
    /// So many bytes before the first message.
    case preface(Int)
    /// Before a Postgres client's first message with a type.
    case startup
    /// Before the first message of a Postgres server, where one byte may answer a request for encryption.
    case negotiation
    case betweenMessages
    case inside(ProxiedMessage, left: Int)
    case opaque
  }

  private let language: ProxiedProtocol
  private var state: State
  private var waiting: ArraySlice<UInt8> = []

  init(_ language: ProxiedProtocol, _ direction: Fault.Direction) {
    self.language = language
    state =
      switch language {
      case .opaque: .opaque
      case .sluice: .preface(8)
      case .postgres: direction == .toServer ? .startup : .negotiation
      }
  }

  /// Takes bytes of the stream.
  mutating func append(_ bytes: ArraySlice<UInt8>) {
    waiting += bytes
  }

  /// The next part that can be passed on; nil when more is needed.
  mutating func next() -> Piece? {
    guard let first = waiting.first else { return nil }
    switch state {
    case .opaque:
      return take(waiting.count)
    case .preface(let left):
      let count = min(left, waiting.count)
      state = count == left ? .betweenMessages : .preface(left - count)
      return take(count)
    case .negotiation:
      state = .betweenMessages
      guard first == UInt8(ascii: "N") else { return next() }
      state = .negotiation
      return take(1)
    case .inside(let message, let left):
      let count = min(left, waiting.count)
      state = count == left ? .betweenMessages : .inside(message, left: left - count)
      var piece = take(count)
      if count == left { piece.ends = message }
      return piece
    case .startup, .betweenMessages:
      return beginning()
    }
  }

  private mutating func beginning() -> Piece? {
    guard let header = header() else { return nil }
    guard header.body >= 0 else {
      state = .opaque
      return next()
    }
    let seen = header.bytes + min(header.body, Self.headBytes)
    guard waiting.count >= seen else { return nil }
    let message = ProxiedMessage(kind: header.kind, head: Array(waiting.prefix(seen).dropFirst(header.bytes)))
    let left = header.bytes + header.body - seen
    var piece = take(seen)
    piece.begins = message
    if left == 0 { piece.ends = message }
    if case .startup = state, Self.isRequestForEncryption(message) { return piece }
    state = left == 0 ? .betweenMessages : .inside(message, left: left)
    return piece
  }

  /// Length of the header, type, and length of the body, which is negative when it can not be.
  private func header() -> (bytes: Int, kind: UInt8, body: Int)? {
    let first = Array(waiting.prefix(24))
    switch (language, state) {
    case (.sluice, _):
      guard first.count == 24 else { return nil }
      return (24, first[4], Int(Self.integer(first[..<4].reversed())))
    case (_, .startup):
      guard first.count >= 4 else { return nil }
      return (4, 0, Int(Self.integer(first[..<4])) - 4)
    default:
      guard first.count >= 5 else { return nil }
      return (5, first[0], Int(Self.integer(first[1..<5])) - 4)
    }
  }

  /// SSLRequest and GSSENCRequest, after which the startup message still comes.
  private static func isRequestForEncryption(_ message: ProxiedMessage) -> Bool {
    [80_877_103, 80_877_104].contains(integer(message.head.prefix(4)))
  }

  private static func integer(_ bigEndian: some Sequence<UInt8>) -> UInt32 {
    bigEndian.reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// What was kept back, for a stream that ended in the middle of a message.
  mutating func rest() -> Piece { take(waiting.count) }

  private mutating func take(_ count: Int) -> Piece {
    let bytes = waiting.prefix(count)
    waiting = waiting.dropFirst(count)
    return Piece(bytes: bytes)
  }
}
