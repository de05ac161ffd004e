/// The protocol of a proxied connection, so that its messages can be counted. The stream must be unencrypted.
public enum ProxiedProtocol: Hashable, Sendable {
  /// An unknown protocol, of which only bytes are counted.
  case opaque
  /// Sluice's wire protocol, version 1.
  case sluice
  /// Postgres's frontend/backend protocol, version 3.
  case postgres
}

/// A scanner that finds the messages in one direction of a stream.
///
/// The scanner holds back only the bytes that it needs to identify a message, and forwards the rest of the
/// message as it arrives. Invalid bytes are forwarded unchanged, because the receiver must judge them.
struct MessageScanner {
  /// The number of bytes of a message's body that the scanner inspects.
  static let headBytes = 256

  /// A part of the stream that is forwarded at once.
  struct Piece: Equatable {
    let bytes: ArraySlice<UInt8>
    /// The message that begins with the first byte of the piece.
    var begins: ProxiedMessage?
    /// The message that ends with the last byte of the piece.
    var ends: ProxiedMessage?
  }

  private enum State {
    /// Before the first message, with this number of bytes left of the preface.
    case preface(Int)
    /// The packets of a Postgres client before its first message with a type.
    case startup
    /// Before the first message of a Postgres server. One byte here may answer a request for encryption.
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

  /// Appends bytes of the stream.
  mutating func append(_ bytes: ArraySlice<UInt8>) {
    waiting += bytes
  }

  /// Returns the next part that can be forwarded; nil when more bytes are needed.
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

  /// Returns the header's length, the type, and the body's length, which is negative when the header is
  /// invalid.
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

  /// Whether the message is an SSLRequest or a GSSENCRequest. The startup message follows it.
  private static func isRequestForEncryption(_ message: ProxiedMessage) -> Bool {
    [80_877_103, 80_877_104].contains(integer(message.head.prefix(4)))
  }

  private static func integer(_ bigEndian: some Sequence<UInt8>) -> UInt32 {
    bigEndian.reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Returns the bytes that were held back, when a stream has ended in the middle of a message.
  mutating func rest() -> Piece { take(waiting.count) }

  private mutating func take(_ count: Int) -> Piece {
    let bytes = waiting.prefix(count)
    waiting = waiting.dropFirst(count)
    return Piece(bytes: bytes)
  }
}
