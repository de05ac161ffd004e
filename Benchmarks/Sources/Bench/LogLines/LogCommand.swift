import ArgumentParser
import ClientLib
import Foundation
import Glibc
import Logging
import SluiceLogHandler

/// Logs lines at a steady rate on one thread, and prints how long the caller waited for each.
struct LogCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "log")

  @Option(
    help: "The server's port on this machine; without it the lines go to /dev/null by StreamLogHandler.")
  var port: UInt16?

  @Option(help: "Lines a second.")
  var rate = 100_000

  @Option(help: "Lines.")
  var lines = 1_000_000

  private struct Result: Encodable {
    let lines: Int
    let rate: Double
    /// Waits of the caller in microseconds.
    let p50: Double
    let p99: Double
    let p999: Double
    let longest: Double
    let published: Int
    let lost: Int
    let committed: Int
  }

  func run() async throws {
    guard let port else {
      let null = open("/dev/null", O_WRONLY)
      guard null >= 0, dup2(null, STDERR_FILENO) >= 0 else {
        throw ValidationError("/dev/null cannot be opened")
      }
      let (waits, seconds) = await measured(
        Logger(label: "bench") { StreamLogHandler.standardError(label: $0) })
      return try report(waits, seconds, LogPublisher().statistics, committed: 0)
    }
    let silent = Logger(label: "producer") { _ in SwiftLogNoOpLogHandler() }
    let producer = try await Producer.connect(
      to: [Endpoint(host: "127.0.0.1", port: port)], logger: silent)
    let logs = LogPublisher()
    logs.start(producer)
    let (waits, seconds) = await measured(
      Logger(label: "bench") { SluiceLogHandler(label: $0, publisher: logs) })
    await logs.close()
    try await producer.close()
    try report(waits, seconds, logs.statistics, committed: producer.statistics.events)
  }

  /// Logs on a thread of its own, so that the producer has the threads of Swift concurrency.
  private func measured(_ logger: Logger) async -> (waits: [UInt64], seconds: Double) {
    let (lines, rate) = (lines, rate)
    return await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        continuation.resume(returning: Self.measure(logger, lines: lines, rate: rate))
      }
    }
  }

  /// Logs all lines, each at its time. Returns the waits in nanoseconds, ascending, and the seconds.
  private static func measure(_ logger: Logger, lines: Int, rate: Int) -> (waits: [UInt64], seconds: Double) {
    var waits = [UInt64](repeating: 0, count: lines)
    let start = now
    for number in 0..<lines {
      let due = start + UInt64(number) * 1_000_000_000 / UInt64(rate)
      while now < due {}
      let before = now
      logger.info("order placed", metadata: ["order": "\(number)", "customer": "ada"])
      waits[number] = now - before
    }
    let seconds = Double(now - start) / 1e9
    return (waits.sorted(), seconds)
  }

  private func report(
    _ waits: [UInt64], _ seconds: Double, _ statistics: LogPublisher.Statistics, committed: Int
  ) throws {
    func microseconds(_ part: Double) -> Double {
      Double(waits[min(waits.count - 1, Int(Double(waits.count) * part))]) / 1_000
    }
    try printLine(
      Result(
        lines: lines, rate: Double(lines) / seconds, p50: microseconds(0.5), p99: microseconds(0.99),
        p999: microseconds(0.999), longest: microseconds(1), published: statistics.published,
        lost: statistics.lost, committed: committed))
  }

  private static var now: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
