import CompressedSamples
import Testing

@testable import Compression

@Suite("Decompressor")
struct DecompressorTests {
  /// A way to compress, and the format that reads it.
  struct Sample: CustomTestStringConvertible {
    let testDescription: String
    let format: CompressionFormat
    let compress: @Sendable ([UInt8]) -> [UInt8]

    static let all = [
      Sample(testDescription: "gzip", format: .gzip) { CompressedSamples.gzip($0) },
      Sample(testDescription: "zlib", format: .deflate) { CompressedSamples.zlib($0) },
      Sample(testDescription: "raw deflate", format: .deflate) { CompressedSamples.rawDeflate($0) },
      Sample(testDescription: "zstd", format: .zstd) { CompressedSamples.zstd($0) },
    ]
  }

  private static let roomy = ExpansionLimits(bytes: 1 << 24, ratio: 10_000, freeBytes: 1 << 24)
  /// Text that compresses about as well as a log.
  private static let text = Array(
    (0..<5_000).map { "{\"event_id\":\"\($0 &* 2_654_435_761)\",\"n\":\($0)}\n" }.joined().utf8)

  /// Expands `input`, which arrives in pieces of `step` bytes, into pieces of `room` bytes.
  private static func expand(
    _ input: [UInt8], _ format: CompressionFormat, limits: ExpansionLimits = roomy, step: Int = 4_096,
    room: Int = 10_000
  ) throws(DecompressionError) -> [UInt8] {
    var decompressor = try Decompressor(format, limits: limits)
    var expanded: [UInt8] = []
    var place = 0
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: room, alignment: 1)
    defer { piece.deallocate() }
    var arrived = 0
    repeat {
      arrived = min(arrived + step, input.count)
      var isFilled = true
      while isFilled || place < arrived {
        let progress = try decompressor.expand(input.span.bytes.extracting(place..<arrived), into: piece)
        place += progress.consumed
        expanded += piece[..<progress.produced]
        isFilled = progress.produced == room
      }
    } while arrived < input.count
    try decompressor.finish()
    return expanded
  }

  private static func fault(_ input: [UInt8], _ format: CompressionFormat, limits: ExpansionLimits = roomy)
    -> DecompressionError.Fault?
  {
    do throws(DecompressionError) {
      _ = try expand(input, format, limits: limits)
      return nil
    } catch {
      return error.fault
    }
  }

  @Test(arguments: Sample.all, [[], [0x7B], text])
  func returnsWhatWasCompressedWhereverItIsCut(_ sample: Sample, _ bytes: [UInt8]) throws {
    let compressed = sample.compress(bytes)
    for (step, room) in [(1, 1 << 16), (1 << 20, 7), (100, 100), (1 << 20, max(bytes.count, 1))] {
      #expect(try Self.expand(compressed, sample.format, step: step, room: room) == bytes)
    }
  }

  @Test(arguments: [CompressionFormat.gzip, .zstd])
  func readsMembersAndFramesOneAfterAnother(_ format: CompressionFormat) throws {
    let compress = format == .gzip ? CompressedSamples.gzip : { CompressedSamples.zstd($0) }
    let parts = [Array("one\n".utf8), [], Self.text, Array("two".utf8)]
    var compressed = parts.flatMap(compress)
    // A frame that is skipped (RFC 8878, section 3.1.2).
    if format == .zstd { compressed += [0x5A, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3] }
    for step in [1, 13, 1 << 20] {
      #expect(try Self.expand(compressed, format, step: step) == parts.flatMap(\.self))
    }
  }

  @Test(arguments: Sample.all) func namesInputThatEndsEarly(_ sample: Sample) {
    let compressed = sample.compress(Array("{\"a\":1}".utf8))
    for count in compressed.indices {
      #expect(Self.fault(Array(compressed.prefix(count)), sample.format) == .truncated, "\(count) bytes")
    }
  }

  @Test(arguments: Sample.all) func namesBytesAfterTheEnd(_ sample: Sample) {
    for rest in [[0], Array("{}".utf8), [0x1F, 0x00]] as [[UInt8]] {
      #expect(Self.fault(sample.compress(Self.text) + rest, sample.format) == .trailingBytes)
    }
  }

  @Test(arguments: Sample.all.filter { $0.testDescription != "raw deflate" })
  func namesAWrongChecksum(_ sample: Sample) {
    var compressed = sample.compress(Self.text)
    // The length of gzip is behind its checksum (RFC 1952, section 2.3.1).
    for place in sample.format == .gzip
      ? [compressed.count - 8, compressed.count - 1] : [compressed.count - 1]
    {
      compressed[place] ^= 0x40
      #expect(Self.fault(compressed, sample.format) == .wrongChecksum)
      compressed[place] ^= 0x40
    }
  }

  @Test(
    arguments: [
      (.gzip, "{\"topic\""), (.zstd, "{\"topic\""), (.deflate, "{\"topic\":\"t\"}"), (.gzip, "\u{1F}a"),
      (.zstd, "(µ/x"), (.deflate, "x{"),
    ] as [(CompressionFormat, String)])
  func namesDataOfAnotherFormat(_ format: CompressionFormat, _ text: String) {
    guard case .malformed = Self.fault(Array(text.utf8), format) else {
      Issue.record("\(String(describing: Self.fault(Array(text.utf8), format)))")
      return
    }
  }

  @Test func decodersOfOlderFormatsSeeNoBytes() {
    // The marks of Zstandard 0.1 to 0.7, which some builds of the library still read.
    for first in [0x1E] + Array(0x22...0x27) as [UInt8] {
      #expect(
        Self.fault([first, 0xB5, 0x2F, 0xFD, 0, 0, 0, 0], .zstd)
          == .malformed("the data does not begin with a frame"))
    }
  }

  @Test func refusesDataThatNeedsADictionary() {
    // A zlib header with FDICT, and a frame of Zstandard with the id of a dictionary.
    #expect(Self.fault([0x78, 0xBB, 0, 0, 0, 1, 3, 0], .deflate) == .needsDictionary)
    #expect(Self.fault([0x28, 0xB5, 0x2F, 0xFD, 0x01, 0x38, 7, 1, 0, 0], .zstd) == .needsDictionary)
  }

  @Test func boundsTheWindowOfAFrame() throws {
    let bytes = [UInt8](repeating: 0x20, count: 1 << 10)
    let limits = ExpansionLimits(bytes: 1 << 20, ratio: 1_000, freeBytes: 1 << 20)
    #expect(try Self.expand(CompressedSamples.zstd(bytes, windowLog: 23), .zstd, limits: limits) == bytes)
    // A window of 16 MiB in the header of a frame (RFC 8878, section 3.1.1.1.2).
    let large: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x70, 1, 0, 0]
    #expect(Self.fault(large, .zstd, limits: limits) == .windowTooLarge)
    #expect(Self.fault(large, .zstd, limits: .file) == nil)
  }

  @Test(arguments: Sample.all) func boundsTheBytesAtTheLimitItself(_ sample: Sample) throws {
    let compressed = sample.compress(Self.text)
    let enough = ExpansionLimits(bytes: Self.text.count, ratio: 1_000, freeBytes: 0)
    for room in [1, 1_000, Self.text.count, 1 << 20] {
      #expect(try Self.expand(compressed, sample.format, limits: enough, room: room) == Self.text)
    }
    let tight = ExpansionLimits(bytes: Self.text.count - 1, ratio: 1_000, freeBytes: 0)
    #expect(Self.fault(compressed, sample.format, limits: tight) == .tooLarge)
  }

  @Test(arguments: Sample.all) func boundsTheRatioBeyondTheFreeBytes(_ sample: Sample) throws {
    let zeros = [UInt8](repeating: 0, count: 1 << 20)
    let compressed = sample.compress(zeros)
    let free = ExpansionLimits(bytes: .max, ratio: 100, freeBytes: zeros.count)
    #expect(try Self.expand(compressed, sample.format, limits: free) == zeros)
    let bound = ExpansionLimits(bytes: .max, ratio: 100, freeBytes: 1_000)
    #expect(Self.fault(compressed, sample.format, limits: bound) == .expandsTooMuch)
    #expect(try Self.expand(sample.compress(Self.text), sample.format, limits: bound) == Self.text)
  }

  /// 10 KiB that expand to a third of a GiB, and the same again and again: the work ends at the limit.
  @Test func aBombEndsAtTheLimit() throws {
    let bomb = CompressedSamples.zstdZeros(320 << 20)
    #expect(bomb.count < 11 << 10)
    var decompressor = try Decompressor(
      .zstd, limits: ExpansionLimits(bytes: 1 << 30, ratio: 256, freeBytes: 1 << 20))
    var produced = 0
    var calls = 0
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 1)
    defer { piece.deallocate() }
    var failure: DecompressionError?
    var place = 0
    while failure == nil {
      do throws(DecompressionError) {
        let progress = try decompressor.expand(bomb.span.bytes.extracting(droppingFirst: place), into: piece)
        place += progress.consumed
        produced += progress.produced
        calls += 1
      } catch {
        failure = error
      }
    }
    #expect(failure?.fault == .expandsTooMuch)
    #expect(produced <= 1 << 20 && calls <= 16)
  }

  @Test func describesTheFormatTheFaultAndItsPlace() {
    let error = DecompressionError(format: .gzip, fault: .wrongChecksum, offset: 17)
    #expect(error.description == "gzip: the checksum does not fit the data, at byte 17")
  }
}
