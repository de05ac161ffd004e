internal import TextFormats

/// Checks the first bytes of a body for marks of a compression or an encoding, before the body is read as
/// JSON.
enum BodyText {
  /// The first bytes of compressed files.
  private static let compressions: [(name: String, mark: [UInt8])] = [
    ("gzip", [0x1F, 0x8B]), ("zstd", [0x28, 0xB5, 0x2F, 0xFD]), ("lz4", [0x04, 0x22, 0x4D, 0x18]),
    ("xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A]), ("bzip2", [0x42, 0x5A, 0x68]), ("zip", [0x50, 0x4B, 0x03, 0x04]),
  ]

  /// Returns the range of the text in `bytes`, without the byte order mark that some programs write before
  /// UTF-8.
  /// - Throws: 415 when the bytes are compressed, or text in UTF-16 or UTF-32.
  static func range(of bytes: RawSpan) throws(Problem) -> Range<Int> {
    for (name, mark) in compressions where begins(bytes, with: mark) { throw .compressedBody(name) }
    if begins(bytes, with: [0xFF, 0xFE]) || begins(bytes, with: [0xFE, 0xFF])
      || begins(bytes, with: [0x00, 0x00, 0xFE, 0xFF])
    {
      throw .unsupportedContentType
    }
    return (begins(bytes, with: [0xEF, 0xBB, 0xBF]) ? 3 : 0)..<bytes.byteCount
  }

  private static func begins(_ bytes: RawSpan, with mark: [UInt8]) -> Bool {
    bytes.byteCount >= mark.count && mark.indices.allSatisfy { JSONScanner.byte($0, bytes) == mark[$0] }
  }
}
