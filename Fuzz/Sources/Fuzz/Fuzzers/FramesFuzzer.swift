import WireProtocol

/// The search for a frame: with fewer bytes the answer is the same, or that more are needed.
enum FramesFuzzer: Fuzzer {
  static let name = "frames"
  static let longestInput = 512

  static var seeds: [[UInt8]] { ClientFuzzer.seeds + ServerFuzzer.seeds }

  static func run(_ input: UnsafeRawBufferPointer) {
    var bytes = Array(input)
    compareWithPrefixes(bytes)
    FrameRepair.correct(&bytes, from: 0)
    compareWithPrefixes(bytes)
  }

  private static func compareWithPrefixes(_ bytes: [UInt8]) {
    let whole = outcome(of: bytes.span.bytes)
    for count in bytes.indices {
      let part = outcome(of: bytes.span.bytes.extracting(0..<count))
      if case .success(.needMore(let total)) = part {
        precondition(total > count, "asks for \(total) bytes and has \(count)")
      } else {
        precondition(part == whole, "\(count) bytes give \(part), all of them \(whole)")
      }
    }
    if case .success(.frame(let header)) = whole {
      precondition(header.byteCount <= bytes.count, "a frame beyond its bytes")
    }
  }

  private static func outcome(of bytes: RawSpan) -> Result<FrameParser.Parsed, WireError> {
    do throws(WireError) {
      return .success(try FrameParser.next(in: bytes, bodyLimit: { Int($0) * 32 }))
    } catch {
      return .failure(error)
    }
  }
}
