import DevelopmentCertificates
import Foundation
import TLSTransport

/// The TLS engine of both sides, before and after its handshake. The failure is the same at every split of the
/// bytes, stays the same afterwards, and comes with little output.
///
/// The first byte says which side takes the input, and whether the handshake is complete before.
enum TLSFuzzer: Fuzzer {
  static let name = "tls"
  static let longestInput = 4_096

  static var seeds: [[UInt8]] {
    let client = TLSEngine(contexts.client, serverName: "localhost")
    _ = try? client.handshake()
    let hello = client.takeOutput()
    let established = connection()
    try? established.client.write(Array("hello".utf8))
    let record = established.client.takeOutput()
    return [[0] + hello, [1] + [0x16, 0x03, 0x03, 0x00, 0x04, 2, 0, 0, 0], [2] + record, [3] + record]
      + [
        [0, 0x15, 0x03, 0x03, 0, 2, 2, 40], [1, 0x15, 0x03, 0x03, 0, 2, 2, 70],
        [0] + Array("GET / HTTP/1.1".utf8),
      ]
  }

  static func run(_ input: UnsafeRawBufferPointer) {
    guard let mode = input.first else { return }
    let bytes = Array(input.dropFirst())
    let whole = outcome(of: bytes, mode: mode, chunk: max(1, bytes.count))
    for chunk in [1, 7] {
      precondition(
        outcome(of: bytes, mode: mode, chunk: chunk) == whole, "cut by \(chunk), it ends otherwise")
    }
  }

  private static func outcome(of bytes: [UInt8], mode: UInt8, chunk: Int) -> TLSFailure.Kind? {
    let engine: TLSEngine
    if mode & 2 == 0 {
      engine =
        mode & 1 == 0
        ? TLSEngine(contexts.server) : TLSEngine(contexts.client, serverName: "localhost")
      if mode & 1 == 1 { _ = try? engine.handshake() }
    } else {
      let pair = connection()
      engine = mode & 1 == 0 ? pair.server : pair.client
    }
    _ = engine.takeOutput()
    var failure: TLSFailure?
    for start in stride(from: 0, to: bytes.count, by: chunk) {
      engine.receive(Array(bytes[start..<min(bytes.count, start + chunk)]))
      let found = step(engine, isEstablished: mode & 2 != 0)
      precondition(failure == nil || found == failure, "a failure changed")
      failure = found ?? failure
    }
    precondition(engine.takeOutput().count < 16 << 10, "a small input makes a large output")
    precondition(engine.unreadBytes <= bytes.count, "bytes were multiplied")
    return failure?.kind
  }

  private static func step(_ engine: TLSEngine, isEstablished: Bool) -> TLSFailure? {
    guard isEstablished else {
      do {
        _ = try engine.handshake()
        return nil
      } catch {
        return error
      }
    }
    var memory = [UInt8](repeating: 0, count: 20_000)
    while true {
      switch memory.withUnsafeMutableBytes({ engine.read(into: $0) }) {
      case .bytes: continue
      case .nothing, .end: return nil
      case .failed(let failure): return failure
      }
    }
  }

  /// Returns both ends of a connection after the handshake.
  private static func connection() -> (client: TLSEngine, server: TLSEngine) {
    let client = TLSEngine(contexts.client, serverName: "localhost")
    let server = TLSEngine(contexts.server)
    for _ in 0..<3 {
      _ = try? client.handshake()
      server.receive(client.takeOutput())
      _ = try? server.handshake()
      client.receive(server.takeOutput())
    }
    precondition(
      client.channelBinding != nil && server.channelBinding != nil, "the handshake did not complete")
    return (client, server)
  }

  private static let contexts: (client: TLSContext, server: TLSContext) = {
    let folder = FileManager.default.temporaryDirectory.appending(path: "sluice-fuzz-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    do {
      _ = try DevelopmentFiles(folder).make()
      var client = TLSClientSettings()
      client.authorities = "\(folder)/ca.pem"
      return (
        try TLSContext(client),
        try TLSContext(TLSServerSettings(certificate: "\(folder)/server.pem", key: "\(folder)/server.key"))
      )
    } catch {
      preconditionFailure("no certificates: \(error)")
    }
  }()
}
