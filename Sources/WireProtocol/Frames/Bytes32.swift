/// Exactly 32 bytes: a nonce or a proof of the handshake (`spec/wire-protocol.md`, section 4.3).
///
/// `==` takes less time the earlier two values differ. Code that checks a proof compares in constant time
/// instead.
public struct Bytes32: Hashable, Sendable {
  /// Number of bytes.
  public static let byteCount = 32
  /// 32 zeros.
  public static let zero = Bytes32([UInt8](repeating: 0, count: byteCount))

  /// The bytes.
  public let bytes: [UInt8]

  /// The value with these bytes. Traps unless there are 32.
  public init(_ bytes: [UInt8]) {
    precondition(bytes.count == Self.byteCount, "\(bytes.count) bytes are not 32")
    self.bytes = bytes
  }

  /// Draws a random value. A nonce needs a generator that nobody can predict, such as
  /// `SystemRandomNumberGenerator`.
  public static func random(using generator: inout some RandomNumberGenerator) -> Bytes32 {
    Bytes32((0..<byteCount).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
  }
}
