import Compression

/// Checks the first bytes of an input: skips a byte order mark, recognises compressed files, and rejects UTF-16 and the
/// compressions that this program does not read.
struct InputStart {
  /// The meaning of the first bytes.
  enum Kind: Hashable {
    /// The bytes are text.
    case text
    /// The bytes, and all that follow, are compressed.
    case compressed(CompressionFormat)
  }

  /// Bytes that are compared at most.
  private static let bytes = 6
  private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
  private static let compressed: [(start: [UInt8], name: String, command: String)] = [
    (CompressionFormat.gzip.mark, "gzip", "gzip -dc"),
    (CompressionFormat.zstd.mark, "zstd", "zstd -dc"),
    (Array("BZh".utf8), "bzip2", "bzip2 -dc"),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "xz", "xz -dc"),
    ([0x04, 0x22, 0x4D, 0x18], "lz4", "lz4 -dc"),
    ([0x50, 0x4B, 0x03, 0x04], "zip", "unzip -p"),
  ]
  private static let wide: [[UInt8]] = [[0xFF, 0xFE], [0xFE, 0xFF]]

  /// Whether the bytes are the text of a compressed file, so that they must not be compressed again.
  private let isExpanded: Bool
  /// First bytes while there are too few to decide; nil after the decision.
  private var held: [UInt8]? = []
  /// The meaning of the first bytes; text until the decision.
  private(set) var kind = Kind.text

  init(isExpanded: Bool = false) {
    self.isExpanded = isExpanded
  }

  /// Returns the next bytes of the input without the byte order mark. The first few are held back until the
  /// decision.
  mutating func take(_ part: [UInt8]) throws(RunFailure) -> [UInt8] {
    guard var start = held else { return part }
    start += part
    guard start.count >= Self.bytes || start.contains(UInt8(ascii: "\n")) else {
      held = start
      return []
    }
    held = nil
    return try judged(start)
  }

  /// Returns the bytes held back when the input ends before the decision.
  mutating func finish() throws(RunFailure) -> [UInt8] {
    guard let start = held else { return [] }
    held = nil
    return try judged(start)
  }

  private mutating func judged(_ start: [UInt8]) throws(RunFailure) -> [UInt8] {
    if let found = Self.compressed.first(where: { start.starts(with: $0.start) }) {
      if !isExpanded, let format = CompressionFormat(rawValue: found.name) {
        kind = .compressed(format)
        return start
      }
      throw RunFailure(
        .input,
        "the \(isExpanded ? "text of the compressed input" : "input") is compressed with \(found.name), but events "
          + "are read from plain lines; run \(found.command) FILE | sluice-publish --input -")
    }
    if Self.wide.contains(where: { start.starts(with: $0) }) {
      throw RunFailure(
        .input, "the input is UTF-16, but events are read from UTF-8; convert it, for example with iconv")
    }
    return start.starts(with: Self.mark) ? Array(start.dropFirst(Self.mark.count)) : start
  }
}
