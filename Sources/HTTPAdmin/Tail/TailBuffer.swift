import Ingest

/// What waits for one subscriber: a pure value, bounded in bytes.
struct TailBuffer: Sendable {
  /// Events of one page that the subscriber wants, with what their ids need.
  struct Piece: Sendable {
    let window: TailWindow
    let events: [TailEvent]
  }

  /// What the subscriber does next.
  enum Delivery: Sendable {
    /// Reads by itself what was committed up to this moment, if it wants to; what comes next begins there.
    case begin(TailPosition)
    /// Sends these.
    case pieces([Piece])
    /// Waits for more; all up to this moment was sent.
    case wait(reached: TailPosition?)
    /// Ends.
    case end(TailEnding)
  }

  private let limit: Int
  private var beginning: TailPosition?
  private var pieces: [Piece] = []
  private var bytes = 0
  private var reached: TailPosition?
  private var ending: TailEnding?

  /// A buffer for `limit` bytes of events; one larger page may lie in it alone.
  init(limit: Int) {
    self.limit = limit
  }

  /// Whether it is ended.
  var isEnded: Bool { ending != nil }

  /// Adds events, if there is room for them.
  /// - Returns: Whether there was; nothing was added otherwise. An ended buffer takes and forgets everything.
  mutating func add(_ piece: Piece) -> Bool {
    guard ending == nil, !piece.events.isEmpty else { return true }
    let size = piece.events.reduce(0) { $0 + $1.byteCount }
    guard bytes == 0 || bytes + size <= limit else { return false }
    bytes += size
    pieces.append(piece)
    return true
  }

  /// What is added from now on was committed after `position`.
  mutating func begin(_ position: TailPosition) {
    beginning = position
    reached = position
  }

  /// Everything up to `position` was added.
  mutating func reach(_ position: TailPosition) {
    reached = position
  }

  /// Ends the subscription; what waits is dropped, since its subscriber can have it again by its last id.
  mutating func end(_ ending: TailEnding) {
    self.ending = self.ending ?? ending
    pieces = []
    bytes = 0
  }

  /// Takes what is there.
  mutating func take() -> Delivery {
    if let ending { return .end(ending) }
    if let beginning {
      self.beginning = nil
      return .begin(beginning)
    }
    guard !pieces.isEmpty else { return .wait(reached: reached) }
    defer {
      pieces = []
      bytes = 0
    }
    return .pieces(pieces)
  }
}
