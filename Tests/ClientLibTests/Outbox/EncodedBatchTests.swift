import Testing
import WireProtocol

@testable import ClientLib

@Suite struct EncodedBatchTests {
  @Test func keepsCompressedColumnsWhenTheyAreShorter() throws {
    let columns = EncodedBatch.sampleColumns("long", events: 100)
    let encoded = EncodedBatch(columns: columns, events: 100, compressing: true)
    #expect(encoded.codec == .lz4)
    #expect(encoded.bytes.count < columns.count)
    #expect(encoded.rawLength == columns.count)
    #expect(try LZ4Block.decompress(encoded.bytes.span.bytes, rawLength: encoded.rawLength) == columns)
  }

  @Test func keepsColumnsAsTheyAreWhenCompressionDoesNotHelp() {
    var generator = SeededGenerator(seed: 1)
    let noise = (0..<200).map { _ in UInt8.random(in: 0...255, using: &generator) }
    let encoded = EncodedBatch(columns: noise, events: 1, compressing: true)
    #expect(encoded.codec == .none)
    #expect(encoded.bytes == noise)
  }

  @Test func decompressesForAServerWithoutCompression() {
    let columns = EncodedBatch.sampleColumns("long", events: 100)
    let encoded = EncodedBatch(columns: columns, events: 100, compressing: true)
    #expect(encoded.encoded(for: .lz4) == (encoded.bytes, .lz4))
    #expect(encoded.encoded(for: []) == (columns, .none))
    #expect(encoded.encodedLength(for: []) == columns.count)
    #expect(encoded.encodedLength(for: .lz4) == encoded.bytes.count)
  }
}
