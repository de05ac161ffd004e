import WireProtocol

/// A whole connection as the server sees it. Every split of the bytes gives the same actions and output.
///
/// The first byte says whether preface and HELLO are put in front, so that an input may begin at batches, and
/// whether the server asks for a key. A proof that begins with 1 is right.
enum ServerFuzzer: Fuzzer {
  static let name = "server"
  static let longestInput = 2_048

  static var seeds: [[UInt8]] {
    var begin = FrameWriter()
    begin.preface()
    begin.hello(Samples.hello)
    let batches = Samples.batches.enumerated().map { index, columns in
      var writer = FrameWriter()
      let block = index % 2 == 0 ? LZ4Block.compress(columns.span.bytes) : nil
      writer.publish(
        PublishHeader(
          sequence: UInt64(index + 1), base: 1, timeToLive: 0, codec: block == nil ? .none : .lz4,
          rawLength: columns.count), columns: block ?? columns)
      return writer.bytes
    }
    var end = FrameWriter()
    end.heartbeat(Heartbeat(storeUnavailable: .zero))
    end.goAway(GoAway(lastSequence: 4, within: .zero, reason: "done"))
    let dialogues = batches.map { [1] + $0 } + [[1] + end.bytes, [1] + batches.joined() + end.bytes]
    let plain: [[UInt8]] = [[0] + begin.bytes + batches[0], [0] + Array("GET / HTTP/1.1\r\n\r\n".utf8)]
    let proven: [UInt8] = [5] + auth
    let whole: [UInt8] = [4] + begin.bytes + auth
    return dialogues + plain + [proven, proven + batches[0], whole]
  }

  /// An AUTH with a right proof. `FrameRepair` corrects its checksum.
  private static var auth: [UInt8] {
    var body: [UInt8] = [3] + Array("key".utf8)
    body += [UInt8](repeating: 2, count: 32)
    body += [UInt8](repeating: 1, count: 32)
    let length = [UInt8(body.count), 0, 0, 0]
    var header = length
    header += [3, 0, 0, 1]
    header += [UInt8](repeating: 0, count: 8)
    header += length
    header += [0, 0, 0, 0]
    return header + body
  }

  static func run(_ input: UnsafeRawBufferPointer) {
    guard let mode = input.first else { return }
    var bytes: [UInt8] = []
    if mode & 1 == 1 {
      var begin = FrameWriter()
      begin.preface()
      begin.hello(Samples.hello)
      bytes = begin.bytes
    }
    bytes += input.dropFirst()
    if mode & 2 == 0 { FrameRepair.correct(&bytes, from: Preface.byteCount) }
    let asksForKey = mode & 4 != 0
    let whole = ServerDialogue.transcript(of: bytes, chunk: bytes.count, asksForKey: asksForKey)
    for chunk in [1, 7, 100] {
      precondition(
        ServerDialogue.transcript(of: bytes, chunk: chunk, asksForKey: asksForKey) == whole,
        "cut by \(chunk), it ends otherwise")
    }
  }
}
