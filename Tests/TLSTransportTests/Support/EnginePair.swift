import TLSTransport
import Testing

/// A client and a server whose ciphertext goes to each other in memory.
final class EnginePair {
  let client: TLSEngine
  let server: TLSEngine

  init(_ client: TLSContext, _ server: TLSContext, serverName: String = "localhost") {
    self.client = TLSEngine(client, serverName: serverName)
    self.server = TLSEngine(server)
  }

  /// How a handshake ended on both sides.
  struct Outcome {
    var client: TLSFailure?
    var server: TLSFailure?
  }

  /// Runs both handshakes until neither side has bytes for the other.
  /// - Parameter chunk: the most bytes that arrive together.
  func handshake(chunk: Int = .max) -> Outcome {
    var outcome = Outcome()
    outcome.client = step(client)
    var isIdle = false
    while !isIdle {
      let toServer = client.takeOutput()
      for piece in toServer.pieces(chunk) {
        server.receive(piece)
        outcome.server = outcome.server ?? step(server)
      }
      let toClient = server.takeOutput()
      for piece in toClient.pieces(chunk) {
        client.receive(piece)
        outcome.client = outcome.client ?? step(client)
      }
      isIdle = toServer.isEmpty && toClient.isEmpty
    }
    return outcome
  }

  private func step(_ engine: TLSEngine) -> TLSFailure? {
    do {
      _ = try engine.handshake()
      return nil
    } catch {
      return error
    }
  }
}

extension TLSEngine {
  /// Reads until nothing is left.
  /// - Returns: the bytes, and the reason why there are no more.
  func readAll() -> ([UInt8], Plaintext) {
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 5_000)
    while true {
      let result = part.withUnsafeMutableBytes { read(into: $0) }
      guard case .bytes(let count) = result else { return (bytes, result) }
      bytes += part.prefix(count)
    }
  }
}

extension [UInt8] {
  /// The bytes in pieces of at most `count`.
  func pieces(_ count: Int) -> [[UInt8]] {
    stride(from: 0, to: self.count, by: Swift.min(count, Swift.max(1, self.count))).map {
      Array(self[$0..<Swift.min(self.count, $0 + Swift.min(count, self.count))])
    }
  }
}

/// Bytes that differ from their neighbours.
func pattern(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) } }
