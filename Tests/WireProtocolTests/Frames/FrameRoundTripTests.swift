import Testing

@testable import WireProtocol

/// Each body, written and read again, and cut short or extended at every byte.
struct FrameRoundTripTests {
  private static func body(_ write: (inout FrameWriter) -> Void) -> (FrameHeader, [UInt8]) {
    let bytes = Samples.frames(write)
    guard case .frame(let header) = try? FrameParser.next(in: bytes.span.bytes, bodyLimit: { _ in .max })
    else {
      Issue.record("no frame was written")
      return (FrameHeader.nothing, [])
    }
    return (header, Array(bytes.dropFirst(FrameHeader.byteCount)))
  }

  @Test func helloComesBack() throws {
    let (_, body) = Self.body { $0.hello(Samples.hello) }
    #expect(try Hello(decoding: body.span.bytes) == Samples.hello)
  }

  @Test(arguments: [[], [1], [2, 9, 4_096], [4_097, 8]] as [[UInt64]])
  func welcomeComesBack(_ settled: [UInt64]) throws {
    let welcome = Samples.welcome(settled: settled)
    let (_, body) = Self.body { $0.welcome(welcome) }
    let read = try Welcome(decoding: body.span.bytes)
    #expect(read == welcome)
    #expect(read.settled.sequences(base: 1) == settled.filter { $0 <= 4_096 }.sorted())
  }

  @Test func aWelcomeWithAProofComesBackToAClientThatSentAuth() throws {
    var welcome = Samples.welcome(settled: [2])
    welcome.proof = Samples.proof
    let (_, body) = Self.body { $0.welcome(welcome) }
    #expect(try Welcome(decoding: body.span.bytes, isAnswerToAuth: true) == welcome)
    #expect(throws: WireError(.unknownCritical, "")) { try Welcome(decoding: body.span.bytes) }
  }

  @Test func framesOfAuthenticationComeBack() throws {
    let challenge = Self.body { $0.challenge(Samples.challenge) }.1
    #expect(try Challenge(decoding: challenge.span.bytes) == Samples.challenge)
    let auth = Auth(keyID: "a key", nonce: Samples.challenge.nonce, proof: Samples.proof)
    let body = Self.body { $0.auth(auth) }.1
    #expect(try Auth(decoding: body.span.bytes) == auth)
  }

  @Test func acknowledgementsComeBack() throws {
    let status = AckStatus(queuedBatches: 3, queuedBytes: 5_000_000_000, settledThrough: 77)
    let committed = [
      CommittedBatch(sequence: 9, counts: BatchCounts(unique: 3, duplicate: 2, dead: 1), isReplay: false),
      CommittedBatch(sequence: 8, counts: nil, isReplay: true),
    ]
    for sent in [Acknowledgement.accepted(sequence: 12, status), .committed(committed, status)] {
      let (header, body) = Self.body { $0.acknowledgement(sent) }
      #expect(try Acknowledgement(header, body: body.span.bytes) == sent)
    }
  }

  @Test func anAcknowledgementOfManyBatchesIsSplit() throws {
    let batches = (1...70_000).map { CommittedBatch(sequence: $0, counts: nil, isReplay: false) }
    let status = AckStatus(queuedBatches: 0, queuedBytes: 0, settledThrough: 0)
    var rest = Samples.frames { $0.acknowledgement(.committed(batches, status)) }[...]
    var read: [UInt64] = []
    while !rest.isEmpty {
      let bytes = Array(rest)
      guard case .frame(let header) = try FrameParser.next(in: bytes.span.bytes, bodyLimit: { _ in .max }),
        case .committed(let part, _) = try Acknowledgement(
          header, body: bytes.span.bytes.extracting(FrameHeader.byteCount..<header.byteCount))
      else { break }
      read += part.map(\.sequence)
      rest = rest.dropFirst(header.byteCount)
    }
    #expect(read == batches.map(\.sequence))
  }

  @Test(arguments: [nil, 5] as [UInt64?])
  func errorsComeBack(_ sequence: UInt64?) throws {
    let code: ErrorCode = sequence == nil ? .storeUnavailable : .batchTooLarge
    let sent = ErrorFrame(WireError(code, "because"), sequence: sequence, delay: .milliseconds(250))
    let (header, body) = Self.body { $0.error(sent) }
    let read = try ErrorFrame(header, body: body.span.bytes)
    #expect(read == sent)
    #expect(read.error.message == "because")
  }

  @Test func controlFramesComeBack() throws {
    let credit = Credit(batches: 1 << 40, bytes: .max)
    let window = Self.body { $0.window(credit) }.1
    #expect(try Credit(decoding: window.span.bytes) == credit)
    let heartbeat = Heartbeat(storeUnavailable: .milliseconds(1_234))
    let sign = Self.body { $0.heartbeat(heartbeat) }.1
    #expect(try Heartbeat(decoding: sign.span.bytes) == heartbeat)
    let goAway = GoAway(lastSequence: 6, within: .seconds(20), reason: "later")
    let (header, body) = Self.body { $0.goAway(goAway) }
    #expect(try GoAway(header, body: body.span.bytes) == goAway)
  }

  @Test func longTextsAreCutBetweenScalars() throws {
    let name = String(repeating: "é", count: 200)
    let (_, body) = Self.body {
      $0.hello(Hello(producer: Samples.producer, base: 1, clientName: name))
    }
    #expect(try Hello(decoding: body.span.bytes).clientName == String(repeating: "é", count: 127))
  }

  @Test func aBodyCutShortAnywhereIsMalformed() {
    let bodies: [([UInt8], (RawSpan) throws -> Void)] = [
      (Self.body { $0.hello(Samples.hello) }.1, { _ = try Hello(decoding: $0) }),
      (Self.body { $0.welcome(Samples.welcome(settled: [3])) }.1, { _ = try Welcome(decoding: $0) }),
      (Self.body { $0.challenge(Samples.challenge) }.1, { _ = try Challenge(decoding: $0) }),
      (
        Self.body { $0.auth(Auth(keyID: "key", nonce: .zero, proof: .zero)) }.1,
        { _ = try Auth(decoding: $0) }
      ),
      (Self.body { $0.window(.standard) }.1, { _ = try Credit(decoding: $0) }),
      (Self.body { $0.heartbeat(Heartbeat(storeUnavailable: .zero)) }.1, { _ = try Heartbeat(decoding: $0) }),
    ]
    for (whole, decode) in bodies {
      for length in whole.indices {
        let part = Array(whole.prefix(length))
        #expect(throws: WireError(.malformedFrame, "")) { try decode(part.span.bytes) }
      }
    }
  }

  @Test func bytesAfterABodyAreMalformed() {
    let window = Self.body { $0.window(.standard) }.1 + [0]
    #expect(throws: WireError(.malformedFrame, "")) { try Credit(decoding: window.span.bytes) }
  }

  @Test func aHelloSaysThatTheClientHasAKey() throws {
    var hello = Samples.hello
    hello.hasKey = true
    let body = Self.body { $0.hello(hello) }.1
    #expect(try Hello(decoding: body.span.bytes) == hello)
    #expect(Array(body.suffix(4)) == [0x01, 0x80, 0, 0])
    let more = body + [0x00, 0x80, 1, 0, 7]
    #expect(try Hello(decoding: more.span.bytes) == hello)
  }

  @Test func unknownOptionsAreSkippedUnlessTheyAreCritical() throws {
    let hello = Self.body { $0.hello(Samples.hello) }.1
    let skippable = hello + [0x00, 0x80, 2, 0, 7, 7]
    #expect(try Hello(decoding: skippable.span.bytes) == Samples.hello)
    let critical = hello + [0x01, 0x00, 0, 0]
    #expect(throws: WireError(.unknownCritical, "")) { try Hello(decoding: critical.span.bytes) }
  }

  @Test(arguments: [
    (28, 0, true), (29, 1, true), (255, 227, true), (27, 0, false), (0, 0, false), (28, 1, false),
  ])
  func theEntrySizeSaysWhereEntriesBegin(_ size: UInt8, _ extra: Int, _ isRead: Bool) throws {
    let status = AckStatus(queuedBatches: 0, queuedBytes: 0, settledThrough: 0)
    let batches = (1...3).map { CommittedBatch(sequence: $0, counts: nil, isReplay: true) }
    let (header, plain) = Self.body { $0.acknowledgement(.committed(batches, status)) }
    var body = Array(plain.prefix(24))
    body[1] = size
    for entry in 0..<3 {
      body += plain[(24 + 28 * entry)...].prefix(28) + [UInt8](repeating: 0xFF, count: extra)
    }
    let read = Result { try Acknowledgement(header, body: body.span.bytes) }
    #expect((try? read.get()) == (isRead ? .committed(batches, status) : nil))
    if !isRead { #expect(throws: WireError(.malformedFrame, "")) { try read.get() } }
  }

  @Test func anUnknownFlagIsNotReportedAsAWrongCount() {
    let status = AckStatus(queuedBatches: 0, queuedBytes: 0, settledThrough: 0)
    let batch = CommittedBatch(sequence: 1, counts: nil, isReplay: false)
    var (header, body) = Self.body { $0.acknowledgement(.committed([batch], status)) }
    body[24 + 24] |= 4
    let error = #expect(throws: WireError.self) { try Acknowledgement(header, body: body.span.bytes) }
    #expect(error?.message.contains("bits that version 1 keeps zero") == true)
  }

  @Test func countsThatDoNotAddUpAreMalformed() {
    let status = AckStatus(queuedBatches: 0, queuedBytes: 0, settledThrough: 0)
    let batch = CommittedBatch(
      sequence: 1, counts: BatchCounts(unique: 1, duplicate: 0, dead: 0), isReplay: false)
    var (header, body) = Self.body { $0.acknowledgement(.committed([batch], status)) }
    body[24 + 8] = 9
    #expect(throws: WireError(.malformedFrame, "")) { try Acknowledgement(header, body: body.span.bytes) }
    header = FrameHeader.nothing
    #expect(throws: WireError(.malformedFrame, "")) {
      try Acknowledgement(header, body: Array(body.prefix(24)).span.bytes)
    }
  }
}

extension FrameHeader {
  /// A header of no meaning, where a test needs one.
  static let nothing: FrameHeader = {
    let bytes = Samples.frame(type: 9, body: [])
    guard let header = try? FrameHeader(parsing: bytes.span.bytes) else { preconditionFailure("no header") }
    return header
  }()
}
