internal import ClientLib

/// Lines and the bytes of their payloads.
struct LogLoad: Hashable, Sendable {
  var lines = 0
  var bytes = 0
}

/// The lines between the callers of a logger and the publishing task, within bounds. Every line that is offered is
/// taken or counted as lost. Lines that the publishing task took out are within the bounds until they are released,
/// because they are still in memory. Pure: the caller locks.
///
/// Lines wait in chunks, and emptied chunks are used again. So a caller that logs steadily takes no new memory, and the
/// publishing task frees none that the caller allocated. Both would take longer than writing a line.
struct LogQueue: ~Copyable {
  /// Result of offering a line.
  enum OnOffer {
    /// The line waits, and no other: the publishing task must be woken.
    case takenFirst
    /// The line waits behind others.
    case taken
    case lost
  }

  private let mostLines: Int
  private let mostBytes: Int
  /// Chunks with lines; the last one takes the next line.
  private var chunks: [LogChunk] = []
  /// Empty chunks for later lines.
  private var spare: [LogChunk] = []
  private var waiting = LogLoad()
  /// Lines that were taken out and not released.
  private var underway = LogLoad()
  private var isClosed = false
  /// Lines that were offered.
  private(set) var offered = 0
  /// Lines that were lost, here or later.
  private(set) var lost = 0
  /// Lost lines that no event tells yet.
  private var untold = 0
  /// Lost lines that were not reported to the program yet.
  private var unreported = 0

  /// - Parameters:
  ///   - lines: lines that wait or are underway at most.
  ///   - bytes: bytes of their payloads at most.
  init(lines: Int, bytes: Int) {
    precondition(lines > 0 && bytes > 0, "a queue without room loses every line")
    mostLines = lines
    mostBytes = bytes
  }

  /// Takes a line, or counts it as lost.
  /// - Parameter payload: JSON.
  mutating func offer(topic: String, time: Timestamp, payload: borrowing [UInt8]) -> OnOffer {
    offered += 1
    let size = payload.count
    guard !isClosed, waiting.lines + underway.lines < mostLines,
      size <= mostBytes - waiting.bytes - underway.bytes
    else {
      lose(1)
      return .lost
    }
    if chunks.last?.hasRoom(for: size) != true { chunks.append(spare.popLast() ?? LogChunk()) }
    chunks[chunks.count - 1].append(topic: topic, time: time, payload: payload)
    waiting.lines += 1
    waiting.bytes += size
    assert(
      waiting.lines + underway.lines <= mostLines && waiting.bytes + underway.bytes <= mostBytes,
      "the queue is beyond its bounds")
    return waiting.lines == 1 ? .takenFirst : .taken
  }

  /// Returns the waiting lines, which are underway until `release`, and how many lost lines no event tells yet. They count
  /// as told.
  mutating func take() -> (lines: WaitingLines, untold: Int) {
    underway.lines += waiting.lines
    underway.bytes += waiting.bytes
    defer { (chunks, waiting, untold) = ([], LogLoad(), 0) }
    return (WaitingLines(chunks: chunks, load: waiting), untold)
  }

  /// Takes back a chunk whose lines are in batches, for later lines.
  mutating func reuse(_ chunk: consuming LogChunk) {
    guard spare.count < Self.mostSpare else { return }
    chunk.removeAll()
    spare.append(chunk)
  }

  /// The most empty chunks that are kept, which are 4 MiB.
  private static let mostSpare = 64

  /// Makes room for as many lines as were underway and are in memory no more.
  mutating func release(_ load: LogLoad) {
    underway.lines -= load.lines
    underway.bytes -= load.bytes
    assert(underway.lines >= 0 && underway.bytes >= 0, "more lines are released than were taken out")
  }

  /// Returns how many lost lines were not reported yet. They count as reported.
  mutating func takeReport() -> Int {
    defer { unreported = 0 }
    return unreported
  }

  /// Counts lines that are lost.
  mutating func lose(_ count: Int) {
    lost += count
    untold += count
    unreported += count
    assert(lost <= offered, "more lines are lost than were offered")
  }

  /// Counts lost lines as not told by an event, because the producer did not take the event.
  mutating func tellAgain(_ count: Int) {
    untold += count
    assert(untold <= lost, "more lines are told as lost than were lost")
  }

  /// Takes no more lines: later ones are lost.
  mutating func close() {
    isClosed = true
  }
}
