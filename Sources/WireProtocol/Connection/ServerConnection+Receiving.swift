extension ServerConnection {
  mutating func receivePreface(_ bytes: RawSpan) throws(WireError) -> Step {
    switch Preface.read(bytes) {
    case .needMore:
      return Step(consumed: 0, action: .needMore(total: Preface.byteCount))
    case .preface:
      phase = .hello
      output.preface()
      return Step(consumed: Preface.byteCount, action: .proceed)
    case .otherVersion(let version):
      throw WireError(
        .unsupportedVersion,
        "the preface asks for major version \(version); this server speaks \(Preface.majorVersion)")
    case .stranger:
      phase = .closed
      return Step(consumed: bytes.byteCount, action: .turnAway(Preface.answer(toStranger: bytes)))
    }
  }

  mutating func receiveFrame(_ bytes: RawSpan) throws(WireError) -> Step {
    guard phase != .closed else { return Step(consumed: bytes.byteCount, action: .proceed) }
    let (batch, other) = bodyLimits
    let limit = { (type: UInt8) in type == FrameType.publish.rawValue ? batch : other }
    switch try FrameParser.next(in: bytes, bodyLimit: limit) {
    case .needMore(let total):
      return Step(consumed: 0, action: .needMore(total: total))
    case .frame(let header):
      let body = FrameHeader.byteCount..<header.byteCount
      let action = try frameReceived(header, bytes.extracting(body), at: body)
      return Step(consumed: header.byteCount, action: action)
    }
  }

  private var bodyLimits: (batch: Int, other: Int) {
    switch phase {
    case .preface, .hello, .registering:
      return (Self.handshakeBodyLimit, Self.handshakeBodyLimit)
    case .open, .draining, .leaving, .closed:
      let columns = configuration.limits.batch.bodyBytes
      return (columns + PublishHeader.prefixBytes, columns)
    }
  }

  /// The batch that begins at the start of `bytes`, as soon as its header is there, so that memory can be reserved before its
  /// body is received or decompressed. Nil for any other frame, and for one that will be refused unread.
  public func announcedBatch(in bytes: RawSpan) -> BatchAnnouncement? {
    guard phase == .open, bytes.byteCount >= FrameHeader.byteCount,
      let header = try? FrameHeader(parsing: bytes),
      header.type == FrameType.publish.rawValue, header.bodyLength <= bodyLimits.batch,
      header.rawLength <= configuration.limits.batch.rawBytes
    else { return nil }
    return BatchAnnouncement(frameBytes: header.byteCount, rawBytes: Int(header.rawLength))
  }

  private mutating func frameReceived(
    _ header: FrameHeader, _ body: RawSpan, at place: Range<Int>
  ) throws(WireError) -> Action {
    guard let type = try header.checkedType() else { return .proceed }
    switch (type, phase) {
    case (.hello, .hello):
      return try helloReceived(Hello(decoding: body))
    case (.publish, .open):
      return try publishReceived(PublishHeader(header, body: body, features: features), at: place)
    case (.publish, .draining):
      return .proceed
    case (.heartbeat, .open), (.heartbeat, .draining), (.heartbeat, .leaving):
      _ = try Heartbeat(decoding: body)
      return .proceed
    case (.goAway, .open), (.goAway, .draining):
      _ = try GoAway(header, body: body)
      phase = .leaving
      return .proceed
    case (.error, _):
      let report = try ErrorFrame(header, body: body)
      phase = .closed
      return .close(report.error)
    default:
      throw WireError(.unexpectedFrame, "\(type) is not allowed from a client at this point (\(phase))")
    }
  }

  private mutating func helloReceived(_ hello: Hello) throws(WireError) -> Action {
    guard ProtocolVersion.agreed(hello.versions, ProtocolVersion.supported) != nil else {
      throw WireError(
        .unsupportedVersion,
        "HELLO offers versions \(hello.versions); this server speaks \(ProtocolVersion.supported)")
    }
    self.hello = hello
    features = hello.features.intersection(.supported)
    phase = .registering
    return .register(hello)
  }

  private mutating func publishReceived(
    _ publish: PublishHeader, at place: Range<Int>
  ) throws(WireError) -> Action {
    guard !credit.isOutstanding(publish.sequence) else {
      throw WireError(
        .unexpectedFrame, "batch \(publish.sequence) was sent again before it was answered on this connection"
      )
    }
    guard credit.use(publish.sequence, bytes: publish.rawLength) else {
      throw WireError(
        .creditExceeded, "batch \(publish.sequence) goes beyond the credit given by WELCOME and WINDOW")
    }
    if let error = limitError(publish) {
      refused(publish.sequence, error)
      return .proceed
    }
    settled.raise(base: publish.base)
    lastTaken = publish.sequence
    return .admit(publish, body: place)
  }

  private func limitError(_ publish: PublishHeader) -> WireError? {
    let limits = configuration.limits
    let (end, overflow) = publish.base.addingReportingOverflow(UInt64(limits.span))
    guard publish.sequence >= publish.base, overflow || publish.sequence < end else {
      return WireError(
        .sequenceOutOfSpan,
        "batch \(publish.sequence) is outside \(publish.base)..<\(publish.base) + \(limits.span)")
    }
    guard publish.rawLength <= limits.batch.rawBytes else {
      return WireError(
        .batchTooLarge,
        "batch \(publish.sequence) has \(publish.rawLength) raw bytes; the limit is \(limits.batch.rawBytes)")
    }
    return nil
  }
}

/// The memory that a batch takes, known from its header alone.
public struct BatchAnnouncement: Hashable, Sendable {
  /// Bytes of the whole frame.
  public let frameBytes: Int
  /// Bytes of the columns once decompressed.
  public let rawBytes: Int
}
