import SpecVectors

/// A client by the text of the specification alone, with one rule broken if wanted. It has sent HELLO with
/// base 1.
struct ReferenceClient {
  private enum Phase { case preface, welcome, authenticating, open, closed }

  let broken: Rule?
  /// Batches that it sends as soon as it has WELCOME, in this order.
  let sends: [UInt64]
  private(set) var fields: [String: String]?
  private(set) var welcome: ReferenceWelcome?
  private var phase = Phase.preface
  private var frames: ReferenceFrames
  private var unaccepted: [UInt64] = []
  private var unanswered: Set<UInt64> = []
  private var through: UInt64 = 0
  private var credit: (batches: UInt64, bytes: UInt64) = (0, 0)
  private var proofs: ReferenceProofs?
  /// Preface, HELLO, and AUTH if there was a CHALLENGE. Empty without a key.
  private(set) var said: [UInt8] = []

  init(sends: [UInt64], key: VectorKey? = nil, hasCertificate: Bool = false, broken: Rule?) {
    proofs = key.map { ReferenceProofs($0, broken: broken) }
    if let hello = proofs.map({ _ in Self.hello(hasKey: hasCertificate && broken != .announcesKey) }) {
      proofs?.hello = hello
      said = VectorTranscript.preface + hello
    }
    (self.sends, self.broken) = (sends, broken)
    frames = ReferenceFrames(broken: broken)
  }

  /// Returns the words of the client after these bytes.
  mutating func hear(_ bytes: [UInt8]) -> [String] {
    frames.append(bytes)
    var words: [String] = []
    do {
      while phase != .closed, try step(&words) {}
    } catch {
      phase = .closed
      let code = (error as? Violation)?.code ?? "?"
      words.append("failed \(code) \(code == "BAD_CHECKSUM" ? "new-connection" : "never")")
    }
    return words
  }

  private mutating func step(_ words: inout [String]) throws -> Bool {
    guard phase != .preface else {
      guard let isOurs = try frames.preface() else { return false }
      guard isOurs else { throw Violation(broken == .notSluice ? "MALFORMED_FRAME" : "NOT_SLUICE") }
      phase = .welcome
      return true
    }
    let isHandshake = phase == .welcome || phase == .authenticating
    let limit = isHandshake && broken != .handshakeLimit ? 8_192 : welcome?.bodyBytes ?? 4 << 20
    switch try frames.next(limit: { _ in limit }) {
    case .needMore: return false
    case .skipped: return true
    case .frame(let frame):
      try take(frame, &words)
      return true
    }
  }

  private mutating func take(_ frame: ReferenceFrame, _ words: inout [String]) throws {
    var reader = FieldReader(frame.body, broken: broken)
    guard frame.type != 8 else { return try failed(frame, &words) }
    guard phase == .open || frame.type == 4 || frame.type == 2 || broken == .welcomeFirst else {
      throw Violation("UNEXPECTED_FRAME")
    }
    switch frame.type {
    case 2: try challenged(frame, &reader)
    case 4 where phase == .welcome || phase == .authenticating: try welcomed(frame, &words)
    case 4 where broken == .oneWelcome: break
    case 6: try acknowledged(frame, &reader, &words)
    case 7:
      try frames.expectNoSequence(frame)
      let more = (try reader.integer(8), try reader.integer(8))
      try reader.finish()
      if more.0 < credit.batches, broken != .batchesNeverFall { throw Violation.malformed }
      if more.1 < credit.bytes, broken != .bytesNeverFall { throw Violation.malformed }
      credit = more
      words.append("credit")
    case 9:
      try frames.expectNoSequence(frame)
      words.append("store unavailable \(try reader.integer(4))")
      try reader.finish()
    case 10:
      let time = try reader.integer(4)
      _ = try reader.text(1)
      try reader.finish()
      if broken == .answersAfterGoAway { phase = .closed }
      words.append("leaving \(broken == .goAwaySequence ? 0 : frame.sequence) within \(time)")
    default:
      if broken == .allowedTypes { return }
      throw Violation("UNEXPECTED_FRAME")
    }
  }

  private mutating func welcomed(_ frame: ReferenceFrame, _ words: inout [String]) throws {
    try frames.expectNoSequence(frame)
    let welcome = try ReferenceWelcome(frame.body, isAnswerToAuth: phase == .authenticating, broken: broken) {
      [self] in try self.check($0, frame)
    }
    self.welcome = welcome
    fields = welcome.fields
    credit = welcome.credit
    phase = .open
    (unaccepted, unanswered) = (sends, Set(sends))
    words.append((["welcome settled"] + welcome.settled(base: 1).map(String.init)).joined(separator: " "))
  }

  private mutating func challenged(_ frame: ReferenceFrame, _ reader: inout FieldReader) throws {
    if phase == .authenticating, broken == .oneChallenge { return }
    guard phase == .welcome else { throw Violation("UNEXPECTED_FRAME") }
    try frames.expectNoSequence(frame)
    _ = try reader.block(32)
    _ = try reader.text(1)
    try reader.finish()
    guard let key = proofs?.key else {
      throw Violation(broken == .keyForChallenge ? "UNEXPECTED_FRAME" : "AUTHENTICATION_FAILED")
    }
    let id = Array(key.id.utf8)
    let body = [UInt8(id.count)] + id + key.nonce.bytes
    proofs?.challenge = frame.bytes
    let zeros = [UInt8](repeating: 0, count: 32)
    proofs?.auth = Self.frame(3, body + zeros)
    let proof = proofs?.clientProof ?? zeros
    said += Self.frame(3, body + proof)
    if broken == .authChecksumIsZero { proofs?.auth = Self.frame(3, body + proof) }
    phase = .authenticating
  }

  /// Looks at the proof of a WELCOME, before anything else of the WELCOME is looked at.
  private func check(_ proof: [UInt8]?, _ frame: ReferenceFrame) throws {
    guard let proofs else { return }
    let failed = Violation("AUTHENTICATION_FAILED")
    guard phase == .authenticating else {
      if broken == .challengeRequired { return }
      throw failed
    }
    guard let proof else {
      if broken == .proofRequired { return }
      throw failed
    }
    guard proofs.isServerProof(proof, frame.bytes) else { throw failed }
  }

  /// HELLO of the client with a key; a client with a certificate, too, announces the key.
  private static func hello(hasKey: Bool) -> [UInt8] {
    let producer: [UInt8] = [
      0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x46, 0x77, 0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF,
    ]
    let name = Array("vectors".utf8)
    let numbers: [UInt8] = [1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0]
    return frame(
      1,
      numbers + producer + [1, 0, 0, 0, 0, 0, 0, 0, UInt8(name.count)] + name
        + (hasKey ? [1, 0x80, 0, 0] : []))
  }

  private static func frame(_ type: UInt8, _ body: [UInt8]) -> [UInt8] {
    let length = [UInt8(body.count), 0, 0, 0]
    let head = length + [type, 0, 0, 1] + [UInt8](repeating: 0, count: 8) + length
    let sum = ReferenceChecksum.of(head + [0, 0, 0, 0] + body)
    return head + (0..<4).map { UInt8(truncatingIfNeeded: sum >> (8 * $0)) } + body
  }

  private mutating func acknowledged(
    _ frame: ReferenceFrame, _ reader: inout FieldReader, _ words: inout [String]
  ) throws {
    let (moment, size, count) = (
      try reader.integer(1), Int(try reader.integer(1)), Int(try reader.integer(2))
    )
    let (batches, bytes, mark) = (try reader.integer(4), try reader.integer(8), try reader.integer(8))
    if mark < through, broken != .throughNeverFalls { throw Violation.malformed }
    switch moment {
    case 1:
      if size > 0, broken != .acceptedEntrySize { throw Violation.malformed }
      if count > 0, broken != .acceptedNoEntries { throw Violation.malformed }
      if count == 0 { try reader.finish() }
      accepted(frame.sequence, &words)
    case 2:
      try frames.expectNoSequence(frame)
      if count == 0, broken != .committedEntries { throw Violation.malformed }
      words += try committed(count, size, &reader)
    default:
      if broken != .moments { throw Violation.malformed }
    }
    through = mark
    words.append("through \(mark) queue \(batches) \(bytes)")
  }

  private mutating func accepted(_ sequence: UInt64, _ words: inout [String]) {
    var named: [UInt64] = []
    if broken == .acceptedBySending {
      named = unaccepted.filter { $0 <= sequence }.sorted()
    } else if let place = unaccepted.firstIndex(of: sequence) {
      named = broken == .acceptedCumulative ? [sequence] : Array(unaccepted[...place])
    } else if broken == .acceptedUnknown {
      named = [sequence]
    }
    unaccepted.removeAll(where: named.contains)
    words += named.map { "accepted \($0)" }
  }

  private mutating func committed(
    _ count: Int, _ size: Int, _ reader: inout FieldReader
  ) throws -> [String] {
    if size < 28, broken != .entrySizeMinimum { throw Violation.malformed }
    if size > 28, broken == .largerEntries { throw Violation.malformed }
    var words: [String] = []
    for _ in 0..<count {
      try entry(&reader, isLarger: size > 28, &words)
      guard size > 28, broken != .entrySizeIsStride else { continue }
      let skipped = try reader.block(size - 28)
      if broken == .skippedBytesAreFree, skipped.contains(where: { $0 > 0 }) { throw Violation.malformed }
    }
    if broken == .entrySizeIsStride, size > 28 { _ = try reader.block(count * (size - 28)) }
    try reader.finish()
    return words
  }

  private mutating func entry(
    _ reader: inout FieldReader, isLarger: Bool, _ words: inout [String]
  ) throws {
    let sequence = try reader.integer(8)
    let counts = [try reader.integer(4), try reader.integer(4), try reader.integer(4), try reader.integer(4)]
    let flags = try reader.integer(4)
    let parts = counts[1...].reduce(0, +)
    let sum = broken == .sumOverflow ? parts & 0xFFFF_FFFF : parts
    if sum != counts[0], broken != .sum { throw Violation.malformed }
    let isChecked = broken != .entryReserved && !(isLarger && broken == .knownPartOfLarger)
    if flags > 3, isChecked { throw Violation.malformed }
    let isUnknown = flags & 2 != 0 && broken != .countsUnknown
    if isUnknown, counts.contains(where: { $0 > 0 }), broken != .unknownIsZero { throw Violation.malformed }
    let known = unanswered.remove(sequence) != nil
    guard known || broken == .committedUnknown else { return }
    let shown = isUnknown ? "unknown" : counts[1...].map(String.init).joined(separator: " ")
    words.append(
      "committed \(sequence): \(shown)" + (flags & 1 != 0 && broken != .replayFlag ? " replay" : ""))
  }

  private mutating func failed(_ frame: ReferenceFrame, _ words: inout [String]) throws {
    let error = try ReferenceError(frame, broken: broken)
    let known = VectorCodes.byNumber[error.code]
    if known == nil, broken == .unknownCode { throw Violation.malformed }
    let scope = broken == .scopeOfFrame ? known?.scope ?? error.scope : error.scope
    let retry = broken == .retryOfFrame ? known?.retry ?? error.retry : error.retry
    let delay = error.delay == 0 || broken == .delayOfFrame ? "" : " \(error.delay)"
    let text =
      "\(known?.name ?? "UNKNOWN_\(error.code)") \(["never", "new-connection", "delay"][min(retry, 2)])\(delay)"
    if scope == 2, broken != .batchErrorGoesOn {
      if broken != .acceptedNotRefused { unaccepted.removeAll { $0 == frame.sequence } }
      guard unanswered.contains(frame.sequence) || broken == .refusedUnknown else { return }
      words.append("refused \(frame.sequence) \(text)")
    } else {
      if broken != .connectionErrorEnds { phase = .closed }
      words.append("failed \(text)")
    }
  }
}

/// A WELCOME as it arrived.
struct ReferenceWelcome {
  let fields: [String: String]
  let bodyBytes: Int
  let session: UInt64
  let floor: UInt64
  let highest: UInt64
  let lineage: [String]
  let credit: (batches: UInt64, bytes: UInt64)
  private let bits: [Bool]

  /// - Parameter check: looks at the proof, which is nil when there is none.
  init(
    _ body: [UInt8], isAnswerToAuth: Bool, broken: Rule?, check: (_ proof: [UInt8]?) throws -> Void
  ) throws {
    var reader = FieldReader(body, broken: broken)
    let (version, features) = (try reader.integer(2), try reader.integer(8))
    let server = Self.uuid(try reader.block(16))
    (session, floor, highest) = (try reader.integer(8), try reader.integer(8), try reader.integer(8))
    lineage = ["\(try reader.integer(8))", "\(try reader.integer(4))", Self.uuid(try reader.block(16))]
    let (commit, fsync) = (try reader.integer(1), try reader.integer(1))
    var limits: [UInt64] = []
    for _ in 0..<11 { limits.append(try reader.integer(4)) }
    bodyBytes = Int(limits[0])
    credit = (try reader.integer(8), try reader.integer(8))
    let count = Int(try reader.integer(4))
    let bytes = try reader.block(broken == .bitmapLength ? count / 8 : (count + 7) / 8)
    let all = bytes.flatMap { byte in
      (0..<8).map { bit in byte >> (broken == .bitOrder ? 7 - bit : bit) & 1 == 1 }
    }
    if broken != .bitOrder, broken != .bitsBeyond, all.dropFirst(count).contains(true) {
      throw Violation.malformed
    }
    bits = broken == .bitsBeyond ? all : Array(all.prefix(count))
    let knowsProof = isAnswerToAuth || broken == .proofAfterAuth
    let length = try reader.options(known: knowsProof ? 1 : nil)
    if broken == .proofBeforeVersion, version != 1 { throw Violation("UNSUPPORTED_VERSION") }
    if let length {
      if length != 32, broken != .proofLength { throw Violation.malformed }
      let proof = try reader.block(length)
      if reader.remaining > 0, broken != .proofIsLast { throw Violation.malformed }
      try check(proof)
    } else {
      try check(nil)
    }
    if version != 1, broken != .offeredVersion { throw Violation("UNSUPPORTED_VERSION") }
    if features > 1, broken != .offeredFeatures { throw Violation.malformed }
    if commit > 4, broken != .synchronousCommit { throw Violation.malformed }
    if fsync > 1, broken != .fsync { throw Violation.malformed }
    if floor > highest, broken != .floorBelowHighest { throw Violation.malformed }
    fields = [
      "version": "\(version)", "features": "\(features)", "server": server, "session": "\(session)",
      "floor": "\(floor)", "highest": "\(highest)", "system": lineage[0], "timeline": lineage[1],
      "store": lineage[2], "synchronous commit": "\(commit)", "fsync": "\(fsync)",
      "limits": limits.map(String.init).joined(separator: " "), "credit": "\(credit.batches) \(credit.bytes)",
    ]
  }

  func settled(base: UInt64) -> [UInt64] {
    bits.indices.filter { bits[$0] }.map { base + UInt64($0) }
  }

  private static func uuid(_ bytes: [UInt8]) -> String {
    var text = bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    for place in [8, 13, 18, 23] { text.insert("-", at: text.index(text.startIndex, offsetBy: place)) }
    return text
  }
}
