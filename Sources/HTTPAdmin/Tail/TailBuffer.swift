import Ingest
internal import StoreInterface

/// The events that wait for one subscriber, bounded in bytes. Pure.
struct TailBuffer: Sendable {
  /// Events of one page for the subscriber, with the window that their ids need.
  struct Piece: Sendable {
    let window: TailWindow
    let events: [TailEvent]

    /// Estimated memory in bytes.
    var byteCount: Int { events.reduce(0) { $0 + $1.byteCount } }
  }

  /// The next action of the subscriber.
  enum Delivery: Sendable {
    /// Start at this position. A subscriber that resumes first reads the events before it by itself.
    case begin(TailPosition)
    /// Send these events.
    case pieces([Piece])
    /// Wait for events; all events up to `reached` were sent.
    case wait(reached: TailPosition?)
    /// End the stream.
    case end(TailEnding)
  }

  private let limit: Int
  private var beginning: TailPosition?
  private var pieces: [Piece] = []
  private var bytes = 0
  /// Bytes of the events that the subscriber is sending.
  private var sending = 0
  private var reached: TailPosition?
  private var ending: TailEnding?

  /// Creates a buffer for `limit` bytes. A single larger page is accepted when the buffer is empty.
  init(limit: Int) {
    self.limit = limit
  }

  /// Adds events.
  /// - Returns: false, with nothing added, when there is no room. An ended buffer discards events and returns
  ///   true.
  mutating func add(_ piece: Piece) -> Bool {
    guard ending == nil, !piece.events.isEmpty else { return true }
    let size = piece.byteCount
    guard bytes == 0 || bytes + size <= limit else { return false }
    bytes += size
    pieces.append(piece)
    return true
  }

  /// Sets the position after which all added events were committed.
  mutating func begin(_ position: TailPosition) {
    beginning = position
    reached = position
  }

  /// Marks all events up to `position` as added.
  mutating func reach(_ position: TailPosition) {
    reached = position
  }

  /// Ends the subscription. Waiting events are discarded, because the subscriber can resume from its last id.
  mutating func end(_ ending: TailEnding) {
    self.ending = self.ending ?? ending
    pieces = []
    bytes = 0
    sending = 0
  }

  /// Takes the next delivery. The previous one is sent by now, so its bytes are released here; a subscriber
  /// that does not read therefore never holds more than the limit.
  mutating func take() -> Delivery {
    bytes -= sending
    sending = 0
    if let ending { return .end(ending) }
    if let beginning {
      self.beginning = nil
      return .begin(beginning)
    }
    guard !pieces.isEmpty else { return .wait(reached: reached) }
    let piece = pieces.removeFirst()
    sending = piece.byteCount
    return .pieces([piece])
  }
}
