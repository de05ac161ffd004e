import ClientLib

/// Generates the event of any place of a run, always the same event, into reused memory.
///
/// Each connection has its own copy. Times of originals rise, so ids rise with time.
struct EventGenerator: Sendable {
  /// Parameters of the events of a run.
  struct Recipe: Sendable {
    var seed: UInt64
    /// Time of the first event.
    var start: Timestamp
    /// Microseconds between two originals.
    var step = 1.0
    var topics: Int
    /// Beginning of every topic.
    var topicPrefix = ""
    /// Bytes of a payload; 0 for no payload.
    var payloadBytes: Int
    /// Places before the first one of this run, because an earlier run sent them.
    var skipped: UInt64 = 0
    /// Times at which originals are sent; nil when `start` and `step` tell the times.
    var clock: SendingClock?
  }

  private static let millisecondDigits = 13
  private static let hexDigits = 8

  let plan: DuplicatePlan
  private let recipe: Recipe
  private let topics: NameTable
  private let sources = NameTable.sources
  private var payload: PayloadTemplate
  /// `<milliseconds>-<8 hex>-<counter>`, with room for the longest counter.
  private var id = [UInt8](repeating: UInt8(ascii: "-"), count: millisecondDigits + hexDigits + 2 + 20)
  private var writtenMilliseconds = UInt64.max
  private var sendingTimes = SendingClock.Times()

  init(_ recipe: Recipe, plan: DuplicatePlan) {
    self.recipe = recipe
    self.plan = plan
    topics = .topics(recipe.topics, prefix: recipe.topicPrefix)
    payload = PayloadTemplate(length: recipe.payloadBytes)
  }

  /// Number of keys among the first `places` events that were not sent before.
  func originals(among places: UInt64) -> UInt64 {
    plan.originals(among: recipe.skipped + places) - plan.originals(among: recipe.skipped)
  }

  /// Appends the event at `place` to the batch; false when the batch is full.
  mutating func append(place: UInt64, to batch: inout EventBatch) throws(ProducerError) -> Bool {
    let number = plan.original(at: recipe.skipped + place)
    let random = Mix64.hash(number, seed: recipe.seed)
    let time = recipe.clock.map { sendingTimes.time(of: number, $0) } ?? time(of: number)
    let idLength = writeID(number, time, random)
    payload.fill(random)
    let topic = topics.range(choosing: random &* 0xD6E8_FEB8_6659_FD93)
    let source = sources.range(choosing: random)
    guard !payload.bytes.isEmpty else {
      return try batch.append(
        topic: topics.bytes.span.bytes.extracting(topic), eventID: id.span.bytes.extracting(0..<idLength),
        timestamp: time, source: sources.bytes.span.bytes.extracting(source), payload: nil)
    }
    return try batch.append(
      topic: topics.bytes.span.bytes.extracting(topic), eventID: id.span.bytes.extracting(0..<idLength),
      timestamp: time, source: sources.bytes.span.bytes.extracting(source), payload: payload.bytes.span.bytes)
  }

  /// Time of the original with this number, without a clock.
  func time(of number: UInt64) -> Timestamp {
    var elapsed = Int64(truncatingIfNeeded: number)
    if recipe.step != 1 { elapsed = Int64(exactly: (Double(number) * recipe.step).rounded(.down)) ?? 0 }
    return Timestamp(microseconds: recipe.start.microseconds &+ elapsed)
  }

  private mutating func writeID(_ number: UInt64, _ time: Timestamp, _ random: UInt64) -> Int {
    let milliseconds = UInt64(max(0, time.microseconds) / 1_000)
    let isNew = milliseconds != writtenMilliseconds
    writtenMilliseconds = milliseconds
    var span = id.mutableSpan
    if isNew { Digits.decimal(milliseconds, count: Self.millisecondDigits, into: &span, at: 0) }
    Digits.hexadecimal(random, count: Self.hexDigits, into: &span, at: Self.millisecondDigits + 1)
    let counterStart = Self.millisecondDigits + Self.hexDigits + 2
    let counterLength = Digits.decimalCount(number)
    Digits.decimal(number, count: counterLength, into: &span, at: counterStart)
    return counterStart + counterLength
  }
}
