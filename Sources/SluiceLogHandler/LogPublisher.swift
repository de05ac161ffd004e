public import ClientLib
import Synchronization

/// Publishes the lines of ``SluiceLogHandler``s through a producer.
///
/// Lines wait in a queue with bounds from the first line on, also before ``start(_:)``. Every line is in exactly one
/// of these counts of ``statistics``: `waiting`, `published`, `lost`. Losses are told: by an event with the message
/// `log lines were lost` and their number, and by ``Settings/onLoss``.
public final class LogPublisher: Sendable {
  /// Bounds and names.
  public struct Settings: Sendable {
    /// First part of the topic of each line; the label of the logger follows after a dot. `log` by default.
    public var topic = "log"
    /// Source of the events: the program. `swift-log` by default.
    public var source = "swift-log"
    /// Lines that wait for their publishing at most, 65,536 by default, with those that are published just now. At the
    /// bound lines are lost, the newest first.
    public var lines = 65_536
    /// Bytes of payloads of these lines at most, 32 MiB by default. At the bound lines are lost.
    public var bytes = 32 << 20
    /// Time that the first waiting line waits for others, 50 ms by default.
    public var linger = Duration.milliseconds(50)
    /// Called with the number of lines that were lost since the last call; on a task of the publisher.
    public var onLoss: (@Sendable (_ lines: Int) -> Void)?

    /// The default settings.
    public init() {}
  }

  /// Counts of lines since the publisher was made.
  public struct Statistics: Hashable, Sendable {
    /// Lines that wait for their publishing.
    public internal(set) var waiting = 0
    /// Lines that the producer has taken. Lines of batches that it gives up later count as lost instead, unless it left
    /// them in its spool, from which the next producer publishes them.
    public internal(set) var published = 0
    /// Lines that are lost: the queue was full or closed, or the producer gave their batch up.
    public internal(set) var lost = 0
  }

  /// Bytes of one payload at most. A longer line is cut.
  static let mostLineBytes = 64 << 10

  private struct State: ~Copyable {
    var queue: LogQueue
    var published = 0
    /// Whether the waiting lines are the last.
    var isClosing = false
    var worker: Task<Void, Never>?
  }

  let settings: Settings
  private let state: Mutex<State>
  private let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

  /// A publisher whose lines wait for ``start(_:)``.
  public init(_ settings: Settings = Settings()) {
    self.settings = settings
    state = Mutex(State(queue: LogQueue(lines: max(1, settings.lines), bytes: max(1, settings.bytes))))
  }

  /// Counts of lines.
  public var statistics: Statistics {
    state.withLock { state in
      let (offered, lost) = (state.queue.offered, state.queue.lost)
      return Statistics(waiting: offered - state.published - lost, published: state.published, lost: lost)
    }
  }

  /// Starts to publish the lines through `producer`. Only the first call has an effect.
  ///
  /// The producer's outbox should hold what a server's absence may last. A producer that starts offline, or has a
  /// spool, keeps the first lines of a process.
  public func start(_ producer: Producer) {
    state.withLock { state in
      guard state.worker == nil, !state.isClosing else { return }
      state.worker = Task { await self.publishLines(through: producer) }
    }
  }

  /// Takes no more lines, and returns when the producer has the waiting ones. Close the producer afterwards; it
  /// waits until they are committed. Later lines count as lost. Without ``start(_:)`` the waiting lines are lost.
  /// - Parameter deadline: how long to wait at most for room in the producer's outbox. After it, or when the task is
  ///   cancelled, the lines that have no room are lost.
  public func close(deadline: Duration = .seconds(10)) async {
    let worker = state.withLock { state in
      state.isClosing = true
      state.queue.close()
      return state.worker
    }
    wake.finish()
    if let worker { await Self.end(worker, within: deadline) }
    state.withLock { state in
      let waiting = state.queue.take().lines.load.lines
      state.queue.lose(waiting)
    }
    reportLosses()
  }

  /// Waits for the publishing task, and cancels it at the deadline.
  private static func end(_ worker: Task<Void, Never>, within deadline: Duration) async {
    let timer = Task {
      // A cancelled sleep means that the publishing task has ended.
      do { try await Task.sleep(for: deadline) } catch { return }
      worker.cancel()
    }
    await withTaskCancellationHandler {
      await worker.value
    } onCancel: {
      worker.cancel()
    }
    timer.cancel()
  }

  /// Takes a line, or counts it as lost.
  /// - Parameter payload: JSON.
  func take(topic: String, payload: borrowing [UInt8]) {
    let time = Timestamp.now
    let result = state.withLock { $0.queue.offer(topic: topic, time: time, payload: payload) }
    if result == .takenFirst { wake.yield() }
  }

  /// The topic of the logger with this label: at most 255 scalars, none of them U+0000.
  func topic(of label: String) -> String { Self.name("\(settings.topic).\(label)") }

  private static func name(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.value != 0 }.prefix(255)))
  }
}

// The publishing task.

extension LogPublisher {
  private func publishLines(through producer: Producer) async {
    let writer = LogWriter(producer, source: Self.name(settings.source))
    // The stream ends with `close`; the lines that wait then are published, too.
    for await _ in wakes {
      // `close` cancels this task at its deadline; then the lines that have room are published at once.
      try? await Task.sleep(for: settings.linger)
      await publishWaiting(writer)
    }
    await publishWaiting(writer)
  }

  private func publishWaiting(_ writer: LogWriter) async {
    let (lines, untold) = state.withLock { $0.queue.take() }
    reportLosses()
    await writer.publish(lines, lost: untold, lossTopic: topic(of: "lost")) { [self] part in
      count(part)
    } reuse: { chunk in
      state.withLock { $0.queue.reuse(chunk) }
    }
  }

  private func reportLosses() {
    guard let onLoss = settings.onLoss else { return }
    let lost = state.withLock { $0.queue.takeReport() }
    if lost > 0 { onLoss(lost) }
  }

  /// Counts the lines of a batch that the producer took or refused, or that it gave up later.
  private func count(_ part: LogWriter.Part) {
    let lost = state.withLock { state in
      switch part {
      case .published(let load):
        state.published += load.lines
        state.queue.release(load)
        return 0
      case .refused(let load, let told):
        state.queue.release(load)
        state.queue.lose(load.lines)
        state.queue.tellAgain(told)
        return load.lines
      case .givenUp(let lines, let told):
        state.published -= lines
        state.queue.lose(lines)
        state.queue.tellAgain(told)
        return lines
      }
    }
    // The loss of a telling alone wakes nobody: the next lines bring it along. Otherwise each lost telling would cause
    // another one.
    guard lost > 0 else { return }
    // After `close` no event can tell.
    if case .terminated = wake.yield() { reportLosses() }
  }
}
