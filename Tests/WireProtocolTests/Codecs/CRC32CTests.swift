import Testing
@testable import WireProtocol

@Suite struct CRC32CTests {
  @Test func check() {
    #expect(CRC32C.checksum(of: Array("123456789".utf8).span.bytes) == 0xE306_9283)
    let z = [UInt8](repeating: 0, count: 32)
    #expect(CRC32C.checksum(of: z.span.bytes) == 0x8A91_36AA)
    let long = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    #expect(CRC32C.checksum(of: long.span.bytes) == ~CRC32CTables.update(~0, long.span.bytes))
  }
}
