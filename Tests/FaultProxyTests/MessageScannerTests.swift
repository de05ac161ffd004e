import Testing

@testable import FaultProxy

/// Finding messages in streams that arrive in pieces of any size.
struct MessageScannerTests {
  private static func postgres(_ type: Character, _ body: String, padding: Int = 0) -> [UInt8] {
    let body = Array(body.utf8) + [UInt8](repeating: 7, count: padding)
    return [type.asciiValue ?? 0] + bigEndian(body.count + 4) + body
  }

  private static func packet(code: Int, _ body: String = "") -> [UInt8] {
    bigEndian(8 + body.utf8.count) + bigEndian(code) + Array(body.utf8)
  }

  private static func frame(_ type: UInt8, body: Int) -> [UInt8] {
    let length = bigEndian(body).reversed()
    return length + [type] + [UInt8](repeating: 0, count: 19) + [UInt8](repeating: type, count: body)
  }

  private static func bigEndian(_ value: Int) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
  }

  private static let preface = [UInt8](0..<8)

  static let streams: [(ProxiedProtocol, Fault.Direction, [UInt8], [UInt8])] = [
    (
      .sluice, .toServer, preface + frame(1, body: 40) + frame(5, body: 1_000) + frame(9, body: 0), [1, 5, 9]
    ),
    (.sluice, .toClient, preface + frame(4, body: 300), [4]),
    (
      .postgres, .toServer,
      packet(code: 80_877_104) + packet(code: 80_877_103) + packet(code: 196_608, "user\0me\0")
        + postgres("Q", "SELECT 1\0") + postgres("d", "", padding: 5_000) + postgres("X", ""),
      [0, 0, 0] + Array("QdX".utf8)
    ),
    (
      .postgres, .toClient,
      Array("NN".utf8) + postgres("R", "\0\0\0\0") + postgres("N", "a warning\0") + postgres("C", "COMMIT\0"),
      Array("RNC".utf8)
    ),
    (.postgres, .toClient, postgres("R", "\0\0\0\0") + postgres("Z", "I"), Array("RZ".utf8)),
    (.opaque, .toServer, [1, 2, 3], []),
  ]

  @Test(arguments: streams.indices, [1, 3, 100, 1 << 20])
  func everyMessageBeginsAndEndsOnceAndNoByteIsLost(_ stream: Int, _ size: Int) {
    let (language, direction, bytes, kinds) = Self.streams[stream]
    var scanner = MessageScanner(language, direction)
    var (passed, begun, ended) = ([UInt8](), [UInt8](), [UInt8]())
    for start in stride(from: 0, to: bytes.count, by: size) {
      scanner.append(bytes[start..<min(start + size, bytes.count)])
      while let piece = scanner.next() {
        passed += piece.bytes
        if let message = piece.begins { begun.append(message.kind) }
        if let message = piece.ends { ended.append(message.kind) }
      }
    }
    passed += scanner.rest().bytes
    #expect(passed == bytes)
    #expect(begun == kinds)
    #expect(ended == kinds)
  }

  @Test func aMessageIsHeldUntilItCanBeTold() {
    var scanner = MessageScanner(.postgres, .toClient)
    scanner.append(Self.postgres("R", "\0\0\0\0")[...])
    #expect(scanner.next()?.begins?.kind == UInt8(ascii: "R"))
    let answer = Self.postgres("C", "COMMIT\0")
    scanner.append(answer.dropLast())
    #expect(scanner.next() == nil)
    scanner.append(answer.suffix(1))
    #expect(scanner.next()?.begins.map(MessagePattern.commitAnswer.matches) == true)
  }

  @Test(
    arguments: [
      ("Q", "COMMIT\0", true), ("P", "\0COMMIT\0\0\0", true), ("Q", "BEGIN\0", false),
      ("d", "COMMIT", false), ("Q", "COM", false),
    ] as [(Character, String, Bool)])
  func aCommitIsRecognised(_ type: Character, _ text: String, _ isCommit: Bool) throws {
    let message = ProxiedMessage(kind: try #require(type.asciiValue), head: Array(text.utf8))
    #expect(MessagePattern.commitRequest.matches(message) == isCommit)
  }

  @Test func whatMakesNoSenseGoesThrough() {
    var scanner = MessageScanner(.postgres, .toServer)
    let bytes = [UInt8](repeating: 0, count: 50)
    scanner.append(bytes[...])
    var passed: [UInt8] = []
    while let piece = scanner.next() { passed += piece.bytes }
    #expect(passed == bytes)
  }
}
