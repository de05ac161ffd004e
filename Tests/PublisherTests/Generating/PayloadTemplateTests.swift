import Foundation
import Testing

@testable import Publisher

@Suite struct PayloadTemplateTests {
  /// Random numbers with which every field has its smallest and its largest value.
  @Test(arguments: [0, 1, 0xFFFF, 0x00FF_0000, 0xFF00_0000, UInt64.max, 0x8000_0000_0000_0000])
  func isAnObjectWithPartsInTheirRanges(_ random: UInt64) throws {
    var template = PayloadTemplate(length: 120)
    template.fill(random)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(template.bytes)) as? [String: Any])
    #expect((object["order"] as? String)?.count == 8)
    #expect((object["trace"] as? String)?.count == 8)
    let amount = try #require(object["amount"] as? Double)
    #expect((1_000..<10_000).contains(amount))
    let items = try #require(object["items"] as? Int)
    #expect((1...8).contains(items))
  }

  @Test func differsOnlyByTheRandomNumber() {
    var (one, other) = (PayloadTemplate(length: 100), PayloadTemplate(length: 100))
    one.fill(1)
    other.fill(2)
    #expect(one.bytes != other.bytes)
    other.fill(1)
    #expect(one.bytes == other.bytes)
  }

  @Test func isEmptyForALengthOfZero() {
    var template = PayloadTemplate(length: 0)
    template.fill(7)
    #expect(template.bytes.isEmpty)
  }
}
