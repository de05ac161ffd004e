import CompressedSamples
import Compression
import HTTPTypes
import HummingbirdTesting
import Ingest
import NIOCore
import Testing
import Waiting
import WireProtocol

@testable import HTTPAdmin

@Suite("Content codings of publishing requests")
struct ContentCodingTests {
  private let store = MemoryStore()
  private var server: TestServer
  private let events = (0..<3).map { PublishedEvent(id: "\($0)", payload: "{\"n\":\($0)}") }

  init() {
    server = TestServer(publishing: store.services())
  }

  private static let codings: [(name: String, compress: @Sendable ([UInt8]) -> [UInt8])] = [
    ("gzip", { CompressedSamples.gzip($0) }), ("x-gzip", { CompressedSamples.gzip($0) }),
    ("GZIP", { CompressedSamples.gzip($0) }), ("deflate", { CompressedSamples.zlib($0) }),
    ("deflate", { CompressedSamples.rawDeflate($0) }), ("zstd", { CompressedSamples.zstd($0) }),
    ("identity, gzip", { CompressedSamples.gzip($0) }), (",identity", { $0 }),
  ]

  private func publish(
    _ body: [UInt8], _ coding: String, to path: String = "/publish", type: String = "application/x-ndjson"
  ) async throws -> TestResponse {
    try await server.withClient { client in
      try await client.execute(
        uri: path, method: .post, headers: [.contentType: type, .contentEncoding: coding],
        body: ByteBuffer(bytes: body)
      ) { $0 }
    }
  }

  @Test(arguments: codings.indices, ["/publish", "/publish/batch"])
  func readsEachCodingOnEachRoute(_ index: Int, _ path: String) async throws {
    let coding = Self.codings[index]
    let lines = Array(events.map { $0.json + "\n" }.joined().utf8)
    let array = Array("[\(events.map(\.json).joined(separator: ","))]".utf8)
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    for (body, type) in [
      (lines, "application/x-ndjson"), (mark + lines, "application/jsonl"), (array, "application/json"),
      (mark + array, "application/json"),
    ] {
      let answer = try await publish(coding.compress(body), coding.name, to: path, type: type)
      #expect(answer.status == .ok && answer.text.contains("\"received\":3,"), "\(answer.text)")
    }
    #expect(store.events == events)
  }

  @Test func readsABodyOfManyPieces() async throws {
    // Digits without a pattern, so that the body does not expand to more than 256 times its size.
    let many = (0..<200).map { number in
      let digits = (0..<4_000).map { String(($0 &* 2_654_435_761 &+ number &* 40_503) % 1_000_003) }.joined()
      return PublishedEvent(id: "\(number)", payload: "{\"n\":\"\(digits)\"}")
    }
    let body = Array(many.map { $0.json + "\n" }.joined().utf8)
    #expect(body.count > 30 * BodyExpander.pieceBytes)
    for compressed in [CompressedSamples.gzip(body), CompressedSamples.zstd(body)] {
      let coding = compressed.first == 0x1F ? "gzip" : "zstd"
      let answer = try await publish(compressed, coding)
      #expect(answer.status == .ok, "\(answer.text)")
    }
    #expect(store.events == many)
  }

  @Test(
    arguments: [
      ("cut", "ends early"), ("longer", "bytes follow the end"), ("changed", "checksum"), ("plain", nil),
      ("empty", "ends early"),
    ] as [(String, String?)])
  func namesTheCodingAndTheFault(_ change: String, _ reason: String?) async throws {
    let plain = Array(events[0].json.utf8)
    for coding in Self.codings where ["gzip", "deflate", "zstd"].contains(coding.name) {
      var body = coding.compress(plain)
      let isRaw = coding.name == "deflate" && body.first != 0x78
      switch change {
      case "cut": body.removeLast()
      case "longer": body.append(0)
      case "changed":
        // DEFLATE without its zlib header has no checksum.
        if isRaw { continue }
        body[coding.name == "gzip" ? body.count - 8 : body.count - 1] ^= 1
      case "plain": body = plain
      default: body = []
      }
      let answer = try await publish(body, coding.name, type: "application/json")
      #expect(answer.status == .badRequest)
      let problem = try answer.problem()
      #expect(problem.type == "urn:sluice:problem:bad-compression")
      #expect(problem.detail.contains("not valid \(coding.name) at byte"), "\(problem.detail)")
      if let reason { #expect(problem.detail.contains(reason), "\(problem.detail)") }
    }
    #expect(store.events.isEmpty && store.queue.depth.batches == 0)
  }

  @Test func refusesACompressionThatIsNotNamed() async throws {
    let body = Array(events[0].json.utf8)
    for (sent, coding, name) in [
      (CompressedSamples.gzip(body), "identity", "gzip"), (CompressedSamples.zstd(body), "identity", "zstd"),
      (CompressedSamples.gzip(CompressedSamples.zstd(body)), "gzip", "zstd"),
    ] {
      let answer = try await publish(sent, coding)
      #expect(answer.status == .unsupportedMediaType)
      #expect(answer.headers[.acceptEncoding] == "gzip, deflate, zstd, identity")
      #expect(try answer.problem().detail.contains("compressed (\(name))"))
    }
  }

  @Test(arguments: [0, 1]) mutating func boundsTheExpandedBodyAtTheLimitItself(_ excess: Int) async throws {
    let body = Array(events[0].json.utf8) + [UInt8](repeating: 0x20, count: 300_000)
    server.settings.bodyBytes = body.count - excess
    for coding in Self.codings where coding.name != ",identity" {
      let answer = try await publish(coding.compress(body), coding.name, type: "application/json")
      #expect(answer.status == (excess == 0 ? .ok : .contentTooLarge))
      if excess > 0 {
        #expect(try answer.problem().detail.contains("more than \(body.count - 1) bytes (http.body.bytes)"))
      }
    }
  }

  /// The frame would expand to 10 GiB. The work ends after a MiB.
  @Test(.timeLimit(.minutes(1))) func aBombEndsEarly() async throws {
    let bomb = CompressedSamples.zstdZeros(10 << 30)
    let answer = try await publish(bomb, "zstd")
    #expect(answer.status == .contentTooLarge)
    #expect(try answer.problem().detail.contains("more than 256 times its size"))
  }
}

@Suite("BodyExpander")
struct BodyExpanderTests {
  private let readers = ReaderThreads(count: 1)
  private let zeros = [UInt8](repeating: 0, count: 900_000)

  /// Expands 900,000 bytes and returns their number.
  private func expand(_ memory: BodyMemory, limit: Int = 1 << 20) async throws -> Int {
    let expander = BodyExpander(limit: limit, timeout: .seconds(60), readers: readers, memory: memory)
    let share = ExpandedShare(of: memory)
    defer { share.release() }
    let body = ByteBuffer(bytes: CompressedSamples.gzip(zeros))
    return try await expander.expand(body, .gzip, counting: share).readableBytes
  }

  @Test func countsTheExpandedBytesWhileTheyAreUsed() async throws {
    let memory = BodyMemory(limit: 1 << 20)
    let expander = BodyExpander(limit: 1 << 20, timeout: .seconds(60), readers: readers, memory: memory)
    let share = ExpandedShare(of: memory)
    let body = ByteBuffer(bytes: CompressedSamples.gzip(zeros))
    let expanded = try await expander.expand(body, .gzip, counting: share)
    #expect(expanded.readableBytes == zeros.count && memory.bytes == zeros.count)
    share.release()
    #expect(memory.bytes == 0)
  }

  @Test func countsNothingAfterAFailure() async throws {
    let memory = BodyMemory(limit: 1 << 20)
    let problem = await #expect(throws: Problem.self) { try await expand(memory, limit: zeros.count - 1) }
    #expect(problem?.status == .contentTooLarge && memory.bytes == 0)
  }

  /// A body that waits for memory keeps no thread from other work, and goes on when there is room.
  @Test func waitsForMemoryWithoutAThread() async throws {
    let memory = BodyMemory(limit: 1 << 20)
    let other = memory.enter { _ in }
    #expect(memory.add(1 << 20, to: other, at: .now()))
    _ = memory.complete(other)
    async let count = expand(memory)
    try await waitUntil { memory.bytes > 1 << 20 }
    #expect(try await readers.run { 7 } == 7)
    memory.leave(other)
    #expect(try await count == zeros.count)
    #expect(memory.bytes == 0)
  }

  @Test func isRefusedWhenAllWaitForEachOther() async throws {
    let memory = BodyMemory(limit: 1 << 20)
    let other = memory.enter { _ in }
    #expect(!memory.add(2 << 20, to: other, at: .now()))
    let problem = await #expect(throws: Problem.self) { try await expand(memory) }
    #expect(problem == .noRoomForBody)
    #expect(memory.bytes == 2 << 20)
  }

  @Test func aBodyThatWaitsTooLongForItsTurnIsRefused() async throws {
    let memory = BodyMemory(limit: 1 << 20)
    let other = memory.enter { _ in }
    #expect(memory.add(1 << 20, to: other, at: .now()))
    _ = memory.complete(other)
    let expander = BodyExpander(
      limit: 1 << 20, timeout: .milliseconds(1), readers: readers, memory: memory)
    let body = ByteBuffer(bytes: CompressedSamples.gzip(zeros))
    await withTaskGroup(of: Problem?.self) { group in
      for _ in 0...BodyExpander.places {
        group.addTask {
          let share = ExpandedShare(of: memory)
          defer { share.release() }
          do {
            _ = try await expander.expand(body, .gzip, counting: share)
            return nil
          } catch {
            return error as? Problem
          }
        }
      }
      // The bodies with a place wait for memory, so the first that ends is the one without a place.
      #expect(await group.next() == .noPlaceForBody)
      memory.leave(other)
    }
    #expect(memory.bytes == 0)
  }

  @Test func servesManyBodiesWithTheMemoryOfTwo() async throws {
    let memory = BodyMemory(limit: 2 << 20)
    let expander = BodyExpander(limit: 1 << 20, timeout: .seconds(60), readers: readers, memory: memory)
    let body = ByteBuffer(bytes: CompressedSamples.gzip(zeros))
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<20 {
        group.addTask {
          let share = ExpandedShare(of: memory)
          defer { share.release() }
          return try await expander.expand(body, .gzip, counting: share).readableBytes
        }
      }
      for try await count in group { #expect(count == zeros.count) }
    }
    #expect(memory.bytes == 0)
  }
}
