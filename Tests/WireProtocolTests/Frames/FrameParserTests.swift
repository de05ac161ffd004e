import Testing

@testable import WireProtocol

struct FrameParserTests {
  private func parse(_ bytes: [UInt8], limit: Int = 1 << 20) throws(WireError) -> FrameParser.Parsed {
    try FrameParser.next(in: bytes.span.bytes, bodyLimit: { _ in limit })
  }

  @Test func aFrameIsFoundOnlyWhenItsLastByteIsThere() throws {
    let bytes = Samples.publish(1)
    for length in bytes.indices {
      let expected = length < FrameHeader.byteCount ? FrameHeader.byteCount : bytes.count
      #expect(try parse(Array(bytes.prefix(length))) == .needMore(total: expected))
    }
    guard case .frame(let header) = try parse(bytes + [1, 2, 3]) else {
      Issue.record("no frame")
      return
    }
    #expect(header.byteCount == bytes.count)
    #expect(header.sequence == 1)
  }

  @Test func everyFlippedBitIsNoticed() {
    let bytes = Samples.frames { $0.window(.standard) }
    for bit in 0..<(bytes.count * 8) {
      var damaged = bytes
      damaged[bit / 8] ^= 1 << UInt8(bit % 8)
      let result = Result { () throws(WireError) in try parse(damaged, limit: 64) }
      guard case .success(.frame) = result else { continue }
      Issue.record("bit \(bit) went unnoticed")
    }
  }

  @Test(arguments: [(100, true), (101, false)])
  func aLengthIsComparedWithItsLimitBeforeTheBodyIsThere(_ length: UInt32, _ isAllowed: Bool) {
    let header = Array(Samples.frame(type: 5, bodyLength: length, body: []).prefix(FrameHeader.byteCount))
    let result = Result { () throws(WireError) in try parse(header, limit: 100) }
    if isAllowed {
      #expect(throws: Never.self) { try result.get() }
    } else {
      #expect(throws: WireError(.frameTooLarge, "")) { try result.get() }
    }
  }

  @Test func aLengthOfFourGibibytesIsRefusedAtOnce() {
    let header = Samples.frame(type: 5, bodyLength: .max, body: [])
    #expect(throws: WireError(.frameTooLarge, "")) { try parse(header) }
  }

  @Test func anotherHeaderVersionIsMalformed() {
    #expect(throws: WireError(.malformedFrame, "")) {
      try parse(Samples.frame(type: 9, version: 2, body: []))
    }
  }

  @Test(arguments: [
    (UInt8(11), UInt8(0), UInt8(0), UInt32(0), Optional(ErrorCode.unknownCritical)),
    (0, 0, 0, 0, .unknownCritical),
    (127, 0, 0, 0, .unknownCritical),
    (128, 0, 0, 0, nil),
    (255, 0xF0, 7, 9, nil),
    (9, 0x01, 0, 0, .unknownCritical),
    (9, 0x10, 0, 0, nil),
    (9, 0, 1, 0, .badCodec),
    (9, 0, 0, 5, .malformedFrame),
  ])
  func typesFlagsAndCodecsFollowTheCriticalHalf(
    _ type: UInt8, _ flags: UInt8, _ codec: UInt8, _ rawLength: UInt32, _ expected: ErrorCode?
  ) throws {
    let bytes = Samples.frame(type: type, flags: flags, codec: codec, rawLength: rawLength, body: [])
    guard case .frame(let header) = try parse(bytes) else { return }
    let result = Result { () throws(WireError) in try header.checkedType() }
    switch (result, expected) {
    case (.failure(let error), .some(let code)): #expect(error.code == code)
    case (.success(let known), nil): #expect(known == FrameType(rawValue: type))
    default: Issue.record("\(result) instead of \(String(describing: expected))")
    }
  }
}
