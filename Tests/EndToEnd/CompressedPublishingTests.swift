import CompressedSamples
import Foundation
import TestSupport
import Testing

/// Compressed events, with the real programs, a real Postgres and curl.
struct CompressedPublishingTests {
  private static func line(_ number: Int) -> String {
    #"{"topic":"a","event_id":"\#(number)","timestamp":"2026-01-02T03:04:05Z","source":"s","payload":{}}"#
      + "\n"
  }

  @Test func curlAndTheProgramSendTheSameEventsInEveryCoding() async throws {
    let text = Array((0..<5_000).map(Self.line).joined().utf8)
    try await withTemporaryDirectory { directory in
      try await TestPostgres.shared.withDatabase { conninfo in
        try await Daemon.run(over: conninfo) { daemon in
          let forms: [(String, [UInt8])] = [
            ("gzip", CompressedSamples.gzip(text)), ("deflate", CompressedSamples.zlib(text)),
            ("zstd", CompressedSamples.zstd(text)), ("identity", text),
          ]
          for (coding, bytes) in forms {
            let file = "\(directory)/events.\(coding)"
            try Data(bytes).write(to: URL(filePath: file))
            let answer = try await Curl(
              "http://127.0.0.1:\(daemon.httpPort)/publish",
              [
                "--header", "Content-Type: application/x-ndjson", "--header", "Content-Encoding: \(coding)",
                "--header", "Expect: 100-continue", "--dump-header", "-", "--data-binary", "@\(file)",
              ])
            #expect(answer.status == 200 && answer.body.contains("HTTP/1.1 100 Continue"), "\(answer)")
            #expect(answer.body.contains("\"received\":5000,"), "\(answer)")
            if coding == "deflate" { continue }
            let (exit, result, errors) = try await publish(to: daemon.tcpPort, ["--input", file])
            #expect(exit == .status(0), "\(errors)")
            #expect(result?.unique == 0 && result?.duplicates == 5_000)
          }
          try await expectConserved(conninfo, unique: 5_000)
        }
      }
    }
  }
}
