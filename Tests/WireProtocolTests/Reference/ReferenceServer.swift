import SpecVectors

/// A server by the text of the specification alone, over a store in memory, with one rule broken if wanted.
struct ReferenceServer {
  struct Limits {
    var body = 4 << 20
    var raw = 16 << 20
    var events = 20_000
    var dictionary = 20_000
    var creditBatches = 64
    var creditBytes = 32 << 20
  }

  private enum Phase { case preface, hello, challenged, open, leaving, closed }

  let broken: Rule?
  let limits: Limits
  /// Whether the store commits nothing.
  let holds: Bool
  private var phase = Phase.preface
  private var frames: ReferenceFrames
  private var base: UInt64 = 1
  private var hasLZ4 = false
  private var lowestBase: UInt64 = 0
  private var usedBatches = 0
  private var usedBytes = 0
  private var waiting: [UInt64: Int] = [:]
  private var ledger: [UInt64: [UInt8]] = [:]
  private var last: UInt64?
  private var proofs: ReferenceProofs?
  /// Whether the certificate of the client names a principal.
  private let hasCertificate: Bool

  init(limits: Limits, holds: Bool, key: VectorKey?, hasCertificate: Bool, broken: Rule?) {
    self.hasCertificate = hasCertificate
    if broken != .asksForKey { proofs = key.map { ReferenceProofs($0, broken: broken) } }
    (self.limits, self.holds, self.broken) = (limits, holds, broken)
    frames = ReferenceFrames(broken: broken)
  }

  /// Returns the words of the server after these bytes.
  mutating func take(_ bytes: [UInt8]) -> [String] {
    frames.append(bytes)
    var words: [String] = []
    do {
      while phase != .closed, try step(&words) {}
    } catch {
      if phase == .preface { words.append("preface") }
      phase = .closed
      words.append("ended " + ((error as? Violation)?.code ?? "?"))
    }
    return words
  }

  private mutating func step(_ words: inout [String]) throws -> Bool {
    guard phase != .preface else {
      guard let isOurs = try frames.preface() else { return false }
      if !isOurs, broken != .unknownProtocol {
        phase = .closed
        words.append("rejected")
        return false
      }
      guard isOurs else { throw Violation.malformed }
      words.append("preface")
      phase = .hello
      return true
    }
    let (phase, body, broken) = (phase, limits.body, broken)
    let next = try frames.next { type in
      if phase == .challenged, broken != .authLimit { return 8_192 }
      guard phase != .hello || broken == .handshakeLimit else { return 8_192 }
      return type == 5 ? body + 12 : body
    }
    switch next {
    case .needMore: return false
    case .skipped: return true
    case .frame(let frame):
      try take(frame, &words)
      if self.phase == .leaving, waiting.isEmpty || broken == .goAwayAwaitsAnswers {
        self.phase = .closed
        words.append("ended")
      }
      return true
    }
  }

  private mutating func take(_ frame: ReferenceFrame, _ words: inout [String]) throws {
    var reader = FieldReader(frame.body, broken: broken)
    switch (frame.type, phase) {
    case (8, _):
      _ = try ReferenceError(frame, broken: broken)
      if broken == .errorEnds { throw Violation("UNEXPECTED_FRAME") }
      phase = .closed
      words.append("ended")
    case (1, .hello):
      try hello(frame, &reader)
      words.append(phase == .challenged ? "challenge" : "welcome")
    case (3, .challenged): try authenticate(frame, &reader, &words)
    case (_, .challenged) where broken == .authAwaited: break
    case (3, .open) where broken == .oneAuth && proofs != nil: break
    case (3, .open), (3, .hello):
      if broken != .authUnasked { throw Violation("UNEXPECTED_FRAME") }
    case (1, .open) where broken == .oneHello: break
    case (9, .hello) where broken == .helloFirst: break
    case (9, .open), (9, .leaving):
      try frames.expectNoSequence(frame)
      let value = try reader.integer(4)
      if value != 0, broken != .zeroHeartbeat { throw Violation.malformed }
      try reader.finish()
    case (10, .leaving) where broken != .oneGoAway: throw Violation("UNEXPECTED_FRAME")
    case (10, .open), (10, .leaving):
      _ = try reader.integer(4)
      _ = try reader.text(1)
      try reader.finish()
      phase = .leaving
    case (5, .open): try publish(frame, &reader, &words)
    case (5, .leaving) where broken == .noBatchAfterGoAway: break
    default:
      if broken == .allowedTypes, phase == .open { return }
      throw Violation("UNEXPECTED_FRAME")
    }
  }

  private mutating func hello(_ frame: ReferenceFrame, _ reader: inout FieldReader) throws {
    try frames.expectNoSequence(frame)
    let (lowest, highest) = (try reader.integer(2), try reader.integer(2))
    if lowest > highest, broken != .emptyVersionRange { throw Violation.malformed }
    hasLZ4 = try reader.integer(8) & 1 == 1
    let producer = try reader.block(16)
    if producer.allSatisfy({ $0 == 0 }), broken != .nilProducer { throw Violation.malformed }
    base = try reader.integer(8)
    if !(1...(1 << 63 - 1)).contains(base), broken != .helloBase { throw Violation.malformed }
    _ = try reader.text(1)
    var hasKey = false
    while let length = try reader.options(known: 0x8001) {
      hasKey = true
      _ = try reader.block(length)
    }
    if broken == .versionBeforeChallenge, proofs != nil { return challenge(frame) }
    if lowest > 1, broken != .newerVersions { throw Violation("UNSUPPORTED_VERSION") }
    if highest < 1, broken != .olderVersions { throw Violation("UNSUPPORTED_VERSION") }
    if hasCertificate, !hasKey || broken == .keyBeforeCertificate, broken != .certificateWithoutKey {
      return phase = .open
    }
    challenge(frame)
  }

  /// Sends CHALLENGE with the nonce of the key when there is a key.
  private mutating func challenge(_ hello: ReferenceFrame) {
    guard let nonce = proofs?.key.nonce.bytes else { return phase = .open }
    proofs?.hello = hello.bytes
    let body = nonce + [0]
    let head: [UInt8] = [
      UInt8(body.count), 0, 0, 0, 2, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, UInt8(body.count), 0, 0, 0,
    ]
    let sum = ReferenceChecksum.of(head + [0, 0, 0, 0] + body)
    proofs?.challenge = head + (0..<4).map { UInt8(truncatingIfNeeded: sum >> (8 * $0)) } + body
    phase = .challenged
  }

  private mutating func authenticate(
    _ frame: ReferenceFrame, _ reader: inout FieldReader, _ words: inout [String]
  ) throws {
    try frames.expectNoSequence(frame)
    let keyID = Array(try reader.text(1).utf8)
    _ = try reader.block(32)
    let proof = try reader.block(32)
    try reader.finish()
    proofs?.auth = frame.bytes
    guard proofs?.isClientProof(keyID: keyID, proof) == true else { throw Violation("AUTHENTICATION_FAILED") }
    phase = .open
    words.append("welcome proven")
  }

  private mutating func publish(
    _ frame: ReferenceFrame, _ reader: inout FieldReader, _ words: inout [String]
  ) throws {
    let batchBase = broken == .timeToLiveOutside ? base : try reader.integer(8)
    if broken != .timeToLiveOutside { _ = try reader.integer(4) }
    let columns = try reader.block(reader.remaining)
    if frame.codec > 1 || frame.codec == 1 && !hasLZ4 {
      if broken != (frame.codec > 1 ? .unknownCodec : .agreedCodec) { throw Violation("BAD_CODEC") }
    }
    if frame.codec == 0, frame.rawLength != columns.count, broken != .rawLengthOfColumns {
      throw Violation.malformed
    }
    let (sequence, range) = (frame.sequence, 1...(1 << 63 - 1) as ClosedRange<UInt64>)
    if !range.contains(sequence), broken != .sequenceRange { throw Violation.malformed }
    if !range.contains(batchBase), broken != .baseRange { throw Violation.malformed }
    if broken == .twiceBeforeCredit { try useCredit(frame, columns.count) }
    if waiting[sequence] != nil, broken != .notTwice { throw Violation("UNEXPECTED_FRAME") }
    if broken == .creditBeforeSpan, let code = refusal(frame, batchBase) {
      return refuse(frame, code, &words)
    }
    if broken != .twiceBeforeCredit { try useCredit(frame, columns.count) }
    if let code = refusal(frame, batchBase) { return refuse(frame, code, &words) }
    let raw =
      frame.codec == 1
      ? try ReferenceLZ4.decompress(columns, rawLength: frame.rawLength, broken: broken) : columns
    if try isTooLarge(raw) { return refuse(frame, "BATCH_TOO_LARGE", &words) }
    commit(frame, raw, broken == .digestIgnoresCodec ? columns : raw, &words)
  }

  private mutating func useCredit(_ frame: ReferenceFrame, _ sent: Int) throws {
    usedBatches += 1
    usedBytes += broken == .creditOfRawBytes ? sent : frame.rawLength
    if usedBatches > limits.creditBatches, broken != .batchCredit { throw Violation("CREDIT_EXCEEDED") }
    if usedBytes > limits.creditBytes, broken != .byteCredit { throw Violation("CREDIT_EXCEEDED") }
    waiting[frame.sequence] = frame.rawLength
  }

  private mutating func giveBack(_ frame: ReferenceFrame) {
    waiting[frame.sequence] = nil
    if broken == .creditComesBack { return }
    usedBatches -= 1
    usedBytes -= frame.rawLength
  }

  private func refusal(_ frame: ReferenceFrame, _ batchBase: UInt64) -> String? {
    let (sequence, start) = (frame.sequence, broken == .spanOfPublish ? base : batchBase)
    if sequence < start, broken != .spanBelow { return "SEQUENCE_OUT_OF_SPAN" }
    if sequence >= start, sequence - start >= 4_096, broken != .spanAbove { return "SEQUENCE_OUT_OF_SPAN" }
    if broken == .gaps, let last, sequence != last + 1 { return "SEQUENCE_OUT_OF_SPAN" }
    if batchBase < max(lowestBase, base), broken == .baseMayFall { return "SEQUENCE_OUT_OF_SPAN" }
    if frame.rawLength > limits.raw, broken != .rawLimit { return "BATCH_TOO_LARGE" }
    return nil
  }

  private mutating func refuse(_ frame: ReferenceFrame, _ code: String, _ words: inout [String]) {
    if broken != .creditOfRefused { giveBack(frame) } else { waiting[frame.sequence] = nil }
    if broken == .refusedIsForgotten { ledger[frame.sequence] = [] }
    words.append("refused \(frame.sequence) \(code)")
  }

  private func isTooLarge(_ raw: [UInt8]) throws -> Bool {
    do {
      let columns = try ReferenceColumns(raw, broken: nil)
      if columns.ids.count > limits.events, broken != .eventLimit { return true }
      return max(columns.topics.count, columns.sources.count) > limits.dictionary
        && broken != .dictionaryLimit
    } catch {
      if broken == .columnsChecked { return false }
      throw error
    }
  }

  private mutating func commit(
    _ frame: ReferenceFrame, _ raw: [UInt8], _ digested: [UInt8], _ words: inout [String]
  ) {
    let sequence = frame.sequence
    last = sequence
    guard !holds else { return }
    giveBack(frame)
    if let earlier = ledger[sequence] {
      let isSame = earlier == digested || broken == .reused
      words.append(
        isSame
          ? "committed \(sequence)\(broken == .replay ? "" : " replay")"
          : "refused \(sequence) SEQUENCE_REUSED")
      return
    }
    ledger[sequence] = digested
    words.append("committed \(sequence)")
  }
}
