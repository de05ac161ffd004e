import Compression

/// The text of an input: expands gzip and Zstandard, which their first bytes tell, and removes a byte order mark.
///
/// The memory is bounded, because the text of a part is returned in pieces. A caller adds a part, takes pieces until there is
/// none, and then adds the next part.
struct InputText: ~Copyable {
  /// Bytes that one piece has at most when the input is compressed.
  private static let pieceBytes = 256 << 10

  private var start = InputStart()
  /// The check of the expanded text.
  private var innerStart = InputStart(isExpanded: true)
  private var decompressor: Decompressor?
  private var part: [UInt8] = []
  /// Number of bytes of `part` that were taken.
  private var place = 0
  /// Whether the last piece was filled, so that the decompressor may hold more.
  private var isFilled = false
  private var isEnded = false
  /// Whether the end of the compressed data was checked.
  private var isChecked = false

  /// Adds the next bytes of the input. All text of the bytes before must have been taken.
  mutating func add(_ bytes: [UInt8]) throws(RunFailure) {
    try begin(start.take(bytes))
  }

  /// Ends the input. More text may follow.
  mutating func end() throws(RunFailure) {
    try begin(start.finish())
    isEnded = true
  }

  /// Returns the next piece of the text; nil when there is none before the next part. A piece may be empty.
  /// - Throws: the error of a compressed file, after the text before it.
  mutating func next() throws(RunFailure) -> [UInt8]? {
    guard decompressor != nil else {
      guard place < part.count else { return nil }
      place = part.count
      return part
    }
    if isFilled || place < part.count { return try innerStart.take(expand()) }
    guard isEnded, !isChecked else { return nil }
    isChecked = true
    do throws(DecompressionError) { try decompressor?.finish() } catch { throw RunFailure(error) }
    return try innerStart.finish()
  }

  private mutating func begin(_ bytes: [UInt8]) throws(RunFailure) {
    assert(place == part.count && !isFilled && !isEnded, "the text of the last part was not taken")
    part = bytes
    place = 0
    guard case .compressed(let format) = start.kind, decompressor == nil else { return }
    do throws(DecompressionError) {
      decompressor = try Decompressor(format, limits: .file)
    } catch {
      throw RunFailure(error)
    }
  }

  private mutating func expand() throws(RunFailure) -> [UInt8] {
    let part = part
    let input = part.span.bytes.extracting(droppingFirst: place)
    var failure: DecompressionError?
    var consumed = 0
    let piece = [UInt8](unsafeUninitializedCapacity: Self.pieceBytes) { buffer, count in
      do throws(DecompressionError) {
        let progress = try decompressor?.expand(input, into: UnsafeMutableRawBufferPointer(buffer))
        (consumed, count) = (progress?.consumed ?? 0, progress?.produced ?? 0)
      } catch {
        failure = error
      }
    }
    if let failure { throw RunFailure(failure) }
    place += consumed
    isFilled = piece.count == Self.pieceBytes
    return piece
  }
}

extension RunFailure {
  /// The end of a run whose input is damaged.
  fileprivate init(_ error: DecompressionError) {
    self.init(
      .input,
      "the compressed input cannot be read: \(error); events before this place may be stored, so publish the whole "
        + "input again when it is mended")
  }
}
