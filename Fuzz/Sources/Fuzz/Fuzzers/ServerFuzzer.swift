import WireProtocol

/// A whole connection as the server sees it. However the bytes are cut, the same happens.
///
/// The first byte says whether preface and HELLO are put in front, so that an input may begin at batches.
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
    end.heartbeat(Heartbeat(storeAway: .zero))
    end.goAway(GoAway(lastSequence: 4, within: .zero, reason: "done"))
    let dialogues = batches.map { [1] + $0 } + [[1] + end.bytes, [1] + batches.joined() + end.bytes]
    return dialogues + [[0] + begin.bytes + batches[0], [0] + Array("GET / HTTP/1.1\r\n\r\n".utf8)]
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
    let whole = ServerDialogue.transcript(of: bytes, chunk: bytes.count)
    for chunk in [1, 7, 100] {
      precondition(
        ServerDialogue.transcript(of: bytes, chunk: chunk) == whole, "cut by \(chunk), it ends otherwise")
    }
  }
}
