import ClientLib

/// Makes the event of any place of a run, always the same one, into memory that is used again.
///
/// Each connection has its own copy. Events are spaced a microsecond apart, so ids rise with time.
struct EventGenerator: Sendable {
  /// What an event is made from, besides its place.
  struct Recipe: Sendable {
    var seed: UInt64
    /// The time of the first event.
    var start: Timestamp
    var topics: Int
    /// Bytes of a payload; 0 for none.
    var payloadBytes: Int
    /// Events of an earlier run that this one goes on from.
    var skipped: UInt64 = 0
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

  init(_ recipe: Recipe, plan: DuplicatePlan) {
    self.recipe = recipe
    self.plan = plan
    topics = .topics(recipe.topics)
    payload = PayloadTemplate(length: recipe.payloadBytes)
  }

  /// How many keys that were not sent before are among the first `places` events.
  func originals(among places: UInt64) -> UInt64 {
    plan.originals(among: recipe.skipped + places) - plan.originals(among: recipe.skipped)
  }

  /// Appends the event at `place` to the batch; false when the batch is full.
  mutating func append(place: UInt64, to batch: inout EventBatch) throws(ProducerError) -> Bool {
    let number = plan.original(at: recipe.skipped + place)
    let random = Mix64.hash(number, seed: recipe.seed)
    let time = Timestamp(microseconds: recipe.start.microseconds &+ Int64(truncatingIfNeeded: number))
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
