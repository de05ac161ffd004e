import CompressedSamples
import HTTPTypes
import HummingbirdTesting
import Ingest
import NIOCore
import Testing
import Waiting

@testable import HTTPAdmin

/// Bodies that no insert route can take, or that it takes in part, on every insert route.
@Suite("Bad bodies of insert requests")
struct BadBodiesTests {
  /// A route with a body of two good events and one bad event.
  struct Sample: Sendable, CustomTestStringConvertible {
    let uri: String
    let type: String
    let body: String

    var testDescription: String { "\(uri) \(type)" }
  }

  static let samples = [
    Sample(
      uri: "/insert/jsonline?topic=t", type: "application/x-ndjson",
      body: "{\"n\":1}\n{\"n\":2}\n{\"n\":\"\\u0000\"}\n"),
    Sample(
      uri: "/insert/elasticsearch/_bulk", type: "application/x-ndjson",
      body: (1...3).map { #"{"create":{"_index":"t"}}"# + "\n{\"n\":\($0 == 3 ? "\"\\u0000\"" : "\($0)")}\n" }
        .joined()),
    Sample(
      uri: "/insert/opentelemetry/v1/logs?topic=t", type: "application/json",
      body: #"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"1"}},"#
        + #"{"body":{"stringValue":"2"}},{"body":{"stringValue":"\u0000"}}]}]}]}"#),
    Sample(
      uri: "/insert/loki/api/v1/push?topic=t", type: "application/json",
      body: #"{"streams":[{"stream":{"a":"b"},"values":[["1000","1"],["2000","2"],["3000","\u0000"]]}]}"#),
    Sample(
      uri: "/insert/cloudevents", type: "application/cloudevents-batch+json",
      body: "["
        + (1...3).map { number in
          #"{"specversion":"1.0","source":"/s","type":"t","id":"\#(number)","data":"#
            + (number == 3 ? #""\u0000""# : "1") + "}"
        }.joined(separator: ",") + "]"),
  ]

  private let insert = InsertServer()

  private func post(
    _ body: [UInt8], _ sample: Sample, type: String? = nil, coding: String? = nil,
    by client: any TestClientProtocol
  ) async throws -> TestResponse {
    var headers: HTTPFields = [.contentType: type ?? sample.type]
    headers[.contentEncoding] = coding
    return try await client.execute(
      uri: sample.uri, method: .post, headers: headers, body: ByteBuffer(bytes: body)
    ) { $0 }
  }

  @Test(arguments: Self.samples) func aRetryStoresAndRecordsNothingAgain(_ sample: Sample) async throws {
    try await insert.server.withClient { client in
      for _ in 0..<3 {
        let answer = try await post(Array(sample.body.utf8), sample, by: client)
        #expect(answer.status.kind == .successful, "\(answer.text)")
      }
    }
    #expect(insert.store.events.count == 2 && insert.store.dead == [.payloadEscape])
    try await waitUntil { insert.store.memory.reserved == 0 }
  }

  @Test(arguments: Self.samples) func aCutBodyIsAnErrorOfTheClientOrStoredInPart(_ sample: Sample)
    async throws
  {
    let body = Array(sample.body.utf8)
    try await insert.server.withClient { client in
      for count in 0..<body.count {
        let answer = try await post(Array(body[..<count]), sample, by: client)
        #expect(answer.status.code < 500, "\(count) bytes: \(answer.text)")
      }
    }
    // A cut body stores nothing that the whole body does not have.
    #expect(insert.store.events.count <= 2)
    try await waitUntil { insert.store.memory.reserved == 0 }
  }

  @Test(arguments: Self.samples) func otherBytesAreAnErrorOfTheClient(_ sample: Sample) async throws {
    let utf16: [UInt8] = [0xFF, 0xFE] + sample.body.utf8.flatMap { [$0, 0] as [UInt8] }
    let deep = Array(String(repeating: "[", count: 100_000).utf8)
    let number = Array("{\"n\":1\(String(repeating: "0", count: 10_240))}".utf8)
    try await insert.server.withClient { client in
      for bytes in [
        utf16, deep, number, [0xFF, 0x00, 0x80], CompressedSamples.gzip(Array(sample.body.utf8)),
      ] {
        let answer = try await post(bytes, sample, by: client)
        #expect(answer.status.code < 500, "\(answer.text)")
      }
      #expect(
        try await post(Array(sample.body.utf8), sample, type: "image/png", by: client).status.code == 415)
    }
    try await waitUntil { insert.store.memory.reserved == 0 }
  }

  @Test(.timeLimit(.minutes(2)), arguments: Self.samples)
  func aBombAndACutCompressionStoreNothing(_ sample: Sample) async throws {
    let whole = CompressedSamples.gzip(Array(sample.body.utf8))
    try await insert.server.withClient { client in
      let bomb = try await post(CompressedSamples.zstdZeros(10 << 30), sample, coding: "zstd", by: client)
      #expect(bomb.status == .contentTooLarge)
      let cut = try await post(Array(whole.dropLast(9)), sample, coding: "gzip", by: client)
      #expect(cut.status == .badRequest)
      let other = try await post(whole, sample, coding: "br", by: client)
      #expect(other.status == .unsupportedMediaType)
    }
    #expect(insert.store.events.isEmpty && insert.store.dead.isEmpty)
    try await waitUntil { insert.store.memory.reserved == 0 }
  }
}
