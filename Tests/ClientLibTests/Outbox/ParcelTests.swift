import Testing
import WireProtocol

@testable import ClientLib

@Suite struct ParcelTests {
  @Test func keepsCompressedColumnsWhenTheyAreShorter() throws {
    let columns = Parcel.sampleColumns("long", events: 100)
    let parcel = Parcel(columns: columns, events: 100, compressing: true)
    #expect(parcel.codec == .lz4)
    #expect(parcel.bytes.count < columns.count)
    #expect(parcel.rawLength == columns.count)
    #expect(try LZ4Block.decompress(parcel.bytes.span.bytes, rawLength: parcel.rawLength) == columns)
  }

  @Test func keepsColumnsAsTheyAreWhenCompressionDoesNotHelp() {
    var generator = SeededGenerator(seed: 1)
    let noise = (0..<200).map { _ in UInt8.random(in: 0...255, using: &generator) }
    let parcel = Parcel(columns: noise, events: 1, compressing: true)
    #expect(parcel.codec == .none)
    #expect(parcel.bytes == noise)
  }

  @Test func decompressesForAServerWithoutCompression() {
    let columns = Parcel.sampleColumns("long", events: 100)
    let parcel = Parcel(columns: columns, events: 100, compressing: true)
    #expect(parcel.encoded(for: .lz4) == (parcel.bytes, .lz4))
    #expect(parcel.encoded(for: []) == (columns, .none))
    #expect(parcel.encodedLength(for: []) == columns.count)
    #expect(parcel.encodedLength(for: .lz4) == parcel.bytes.count)
  }
}
