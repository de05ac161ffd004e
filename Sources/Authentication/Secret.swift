internal import TextFormats

/// The secret of a key: 256 random bits with the id of their key.
///
/// The text form is `sluice_<key id>_<43 characters of base64url>_<6 characters>`. The last part is the CRC-32
/// (IEEE 802.3) of everything before its underscore, big-endian, as base64url. So a scanner recognises a secret
/// that was published by mistake, and a typing mistake is told from a wrong key.
///
/// Descriptions, interpolations and dumps of a secret show its key id alone.
public struct Secret: Sendable {
  /// The id of the key.
  public let keyID: String

  /// The 256 random bits.
  let bits: [UInt8]

  static let bitsSize = 32
  private static let prefix = Array("sluice_".utf8)
  private static let bitsLength = 43
  private static let checkLength = 6

  /// Creates the secret of a key with the bits given, for tests with known values.
  ///
  /// - Precondition: `keyID` is valid, and `bits` are 32 bytes.
  init(keyID: String, bits: [UInt8]) {
    precondition(KeyID.isValid(keyID.utf8), "the id of a key is 1 to 32 letters and digits")
    precondition(bits.count == Self.bitsSize, "a secret has 256 bits")
    self.keyID = keyID
    self.bits = bits
  }

  /// Returns the secret of a new key. The generator must be fit for secrets, as `SystemRandomNumberGenerator`
  /// is.
  public static func random(using generator: inout some RandomNumberGenerator) -> Secret {
    let id = KeyID.random(using: &generator)
    let bits = (0..<bitsSize).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    return Secret(keyID: id, bits: bits)
  }

  /// Returns the secret of a new key from the random generator of the system.
  public static func random() -> Secret {
    var generator = SystemRandomNumberGenerator()
    return random(using: &generator)
  }

  /// Reads the text form.
  ///
  /// - Throws: `SecretError`, which never shows the text.
  public init(parsing text: some StringProtocol) throws(SecretError) {
    let text = Array(text.utf8)
    let tail = 1 + Self.bitsLength + 1 + Self.checkLength
    guard text.starts(with: Self.prefix), text.count > Self.prefix.count + tail else {
      throw .notASecret
    }
    // The parts have fixed lengths, because the alphabet of base64url includes the underscore.
    let id = text[Self.prefix.count..<text.count - tail]
    let bits = text[id.endIndex + 1..<id.endIndex + 1 + Self.bitsLength]
    let check = text.suffix(Self.checkLength)
    guard KeyID.isValid(id), text[id.endIndex] == UInt8(ascii: "_"), text[bits.endIndex] == UInt8(ascii: "_")
    else { throw .notASecret }
    guard check.elementsEqual(Self.check(of: text[..<bits.endIndex]).utf8),
      let bits = Base64.bytes(urlText: String(decoding: bits, as: UTF8.self))
    else { throw .mistyped }
    self.init(keyID: String(decoding: id, as: UTF8.self), bits: bits)
  }

  /// Reads the value of the field `Authorization` with the scheme `Bearer` (RFC 6750, section 2.1); nil for another
  /// scheme, and for another token than a secret.
  public init?(authorization field: String) {
    let parts = field.split(separator: " ")
    guard parts.count == 2, parts[0].lowercased() == "bearer", let secret = try? Secret(parsing: parts[1])
    else { return nil }
    self = secret
  }

  /// The text form with all bits. It is for the one who keeps the secret, never for a log.
  public var revealed: String {
    let text = "sluice_\(keyID)_\(Base64.urlText(bits))"
    return "\(text)_\(Self.check(of: text.utf8))"
  }

  private static func check(of text: some Sequence<UInt8>) -> String {
    Base64.urlText(withUnsafeBytes(of: crc32(text).bigEndian) { Array($0) })
  }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The key id with three dots for the bits.
  public var description: String { "sluice_\(keyID)_..." }

  /// The same as `description`.
  public var debugDescription: String { description }

  /// A mirror without the bits.
  public var customMirror: Mirror { Mirror(self, children: ["keyID": keyID]) }
}

/// The reasons why a text is not a secret.
public enum SecretError: Error, Equatable, Sendable {
  /// The text has another form.
  case notASecret
  /// The form is right, and the check characters do not fit.
  case mistyped
}

extension SecretError: CustomStringConvertible {
  /// A sentence without the text.
  public var description: String {
    switch self {
    case .notASecret:
      "this is not a key of Sluice: a key looks like sluice_ID_SECRET_CHECK; copy the whole line that sluiced"
        + " credentials printed"
    case .mistyped:
      "this key was not copied correctly: its last six characters do not fit the others; copy the whole line"
        + " that sluiced credentials printed"
    }
  }
}

/// Returns the CRC-32 of IEEE 802.3, as zlib computes it. Secrets are short, so no table is worth its memory.
func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 {
  ~bytes.reduce(~0) { (state: UInt32, byte: UInt8) in
    (0..<8).reduce(state ^ UInt32(byte)) { rest, _ in rest >> 1 ^ (rest & 1 == 1 ? 0xEDB8_8320 : 0) }
  }
}
