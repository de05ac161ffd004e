import Base
import Foundation
import Testing

@Suite struct OutputDescriptorTests {
  /// Another program that shares a terminal or a pipe may have made it non-blocking.
  @Test func aSlowReaderOfANonBlockingPipeGetsEverything() async throws {
    var ends: [CInt] = [0, 0]
    try #require(pipe(&ends) == 0)
    let (reading, writing) = (ends[0], ends[1])
    #expect(fcntl(writing, F_SETFL, fcntl(writing, F_GETFL) | O_NONBLOCK) == 0)
    // Many times what a pipe holds.
    let text = String(repeating: "0123456789", count: 200_000)
    async let written = Self.onThread {
      defer { close(writing) }
      return Int(OutputDescriptor.write(text, to: writing))
    }
    async let count = Self.onThread {
      defer { close(reading) }
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      var count = 0
      while case let part = read(reading, &buffer, buffer.count), part > 0 { count += part }
      return count
    }
    #expect(await written == 0)
    #expect(await count == text.utf8.count)
  }

  /// Runs `body`, which blocks, on a thread of its own.
  private static func onThread(_ body: @escaping @Sendable () -> Int) async -> Int {
    await withCheckedContinuation { continuation in
      _ = DetachedThread.start { continuation.resume(returning: body()) }
    }
  }

  @Test func aClosedPipeIsTheErrorOfTheWrite() throws {
    signal(SIGPIPE, SIG_IGN)
    var ends: [CInt] = [0, 0]
    try #require(pipe(&ends) == 0)
    close(ends[0])
    #expect(OutputDescriptor.write("x", to: ends[1]) == EPIPE)
    close(ends[1])
  }
}
