/// A format of compressed bytes that this target expands.
package enum CompressionFormat: String, CaseIterable, Sendable {
  /// Members of gzip, one after another (RFC 1952).
  case gzip
  /// The content coding `deflate`: the zlib format (RFC 1950). Some programs send DEFLATE (RFC 1951) without its
  /// header and checksum, which is read, too.
  case deflate
  /// Frames of Zstandard, one after another (RFC 8878).
  case zstd

  /// The first bytes of files of this format; empty for `deflate`, which has no such mark.
  package var mark: [UInt8] {
    switch self {
    case .gzip: [0x1F, 0x8B]
    case .deflate: []
    case .zstd: [0x28, 0xB5, 0x2F, 0xFD]
    }
  }
}

/// The bounds of what compressed bytes may become.
package struct ExpansionLimits: Hashable, Sendable {
  /// Maximum number of expanded bytes.
  package var bytes: Int
  /// Maximum number of expanded bytes for each compressed byte.
  package var ratio: Int
  /// Number of expanded bytes up to which `ratio` does not apply, because short repetitive text may be far smaller
  /// when it is compressed.
  package var freeBytes: Int
  /// The logarithm to base 2 of the largest window of Zstandard in bytes. The decompressor allocates a window of the
  /// size that the frame announces, up to this one.
  package var windowLog: Int

  /// Creates bounds.
  package init(bytes: Int, ratio: Int, freeBytes: Int, windowLog: Int = Self.httpWindowLog) {
    precondition(bytes >= 0 && ratio >= 1 && freeBytes >= 0, "nothing could ever be expanded")
    self.bytes = bytes
    self.ratio = ratio
    self.freeBytes = freeBytes
    self.windowLog = windowLog
  }

  /// 8 MiB: the largest window of the content coding `zstd` (RFC 9659, section 3).
  package static let httpWindowLog = 23
  /// 128 MiB: the largest window that the program `zstd` reads without a further option.
  package static let fileWindowLog = 27

  /// The bounds for a file that its owner reads in pieces, so that its length needs no bound.
  package static let file = ExpansionLimits(bytes: .max, ratio: .max, freeBytes: 0, windowLog: fileWindowLog)
}
