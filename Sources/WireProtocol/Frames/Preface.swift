/// The first 8 bytes in each direction (`spec/wire-protocol.md`, section 2).
public enum Preface {
  /// Bytes of a preface.
  public static let byteCount = 8
  /// The major version that this implementation speaks.
  public static let majorVersion: UInt8 = 1
  /// `0x89 "SLUICE"` and the major version. The first byte begins neither a text nor a TLS record.
  public static let bytes: [UInt8] = [0x89, 0x53, 0x4C, 0x55, 0x49, 0x43, 0x45, majorVersion]

  /// Kind of the first bytes of a connection.
  public enum Reading: Hashable, Sendable {
    /// The bytes so far are the start of a preface.
    case needMore
    /// A preface of this version.
    case preface
    /// A preface of another major version.
    case otherVersion(UInt8)
    /// The peer speaks another protocol.
    case unknownProtocol
  }

  /// Classifies the bytes received so far. Returns at the first byte that differs, without waiting for all
  /// eight.
  public static func read(_ received: RawSpan) -> Reading {
    let magic = byteCount - 1
    for offset in 0..<min(received.byteCount, magic)
    where received.unsafeLoad(fromByteOffset: offset, as: UInt8.self) != bytes[offset] {
      return .unknownProtocol
    }
    guard received.byteCount >= byteCount else { return .needMore }
    let version = received.unsafeLoad(fromByteOffset: magic, as: UInt8.self)
    return version == majorVersion ? .preface : .otherVersion(version)
  }

  /// Returns one readable line for a client of another protocol. An HTTP client gets a status line, so that
  /// it shows the sentence, too.
  public static func answer(toUnknownProtocol received: RawSpan) -> [UInt8] {
    let sentence =
      "This is the ingest port of Sluice, which speaks the Sluice wire protocol; HTTP has a port of its own"
    let methods = ["GET ", "HEAD", "POST", "PUT ", "DELE", "OPTI", "PATC", "CONN", "TRAC"]
    let start = (0..<min(4, received.byteCount)).map {
      received.unsafeLoad(fromByteOffset: $0, as: UInt8.self)
    }
    guard methods.contains(where: { Array($0.utf8) == start }) else { return Array("\(sentence).\r\n".utf8) }
    return Array("HTTP/1.1 400 \(sentence)\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".utf8)
  }
}
