extension ClientConnection {
  /// Looks at the bytes that have arrived and are not consumed yet.
  public mutating func receive(_ bytes: RawSpan, now: ContinuousClock.Instant) -> Step {
    guard phase != .closed else { return Step(consumed: bytes.byteCount, event: .none) }
    liveness.received(at: now)
    do {
      return try phase == .preface ? receivePreface(bytes) : receiveFrame(bytes, now: now)
    } catch {
      return Step(consumed: bytes.byteCount, event: fail(error))
    }
  }

  private mutating func receivePreface(_ bytes: RawSpan) throws(WireError) -> Step {
    switch Preface.read(bytes) {
    case .needMore:
      return Step(consumed: 0, event: .needMore(total: Preface.byteCount))
    case .preface:
      phase = .welcome
      return Step(consumed: Preface.byteCount, event: .none)
    case .otherVersion(let version):
      throw WireError(.unsupportedVersion, "the server speaks major version \(version)")
    case .stranger:
      throw WireError(.notSluice, "the server does not speak the Sluice wire protocol; check host and port")
    }
  }

  private mutating func receiveFrame(
    _ bytes: RawSpan, now: ContinuousClock.Instant
  ) throws(WireError) -> Step {
    let limit = phase == .welcome ? ServerConnection.handshakeBodyLimit : limits.batch.bodyBytes
    switch try FrameParser.next(in: bytes, bodyLimit: { _ in limit }) {
    case .needMore(let total):
      return Step(consumed: 0, event: .needMore(total: total))
    case .frame(let header):
      let body = bytes.extracting(FrameHeader.byteCount..<header.byteCount)
      return Step(consumed: header.byteCount, event: try frameReceived(header, body, now: now))
    }
  }

  private mutating func frameReceived(
    _ header: FrameHeader, _ body: RawSpan, now: ContinuousClock.Instant
  ) throws(WireError) -> Event {
    guard let type = try header.checkedType() else { return .none }
    switch (type, phase) {
    case (.welcome, .welcome):
      return try welcomeReceived(Welcome(decoding: body), now: now)
    case (.ack, .open), (.ack, .leaving):
      return acknowledgementReceived(try Acknowledgement(header, body: body))
    case (.window, .open), (.window, .leaving):
      return try windowReceived(Credit(decoding: body))
    case (.heartbeat, .open), (.heartbeat, .leaving):
      return .storeAway(try Heartbeat(decoding: body).storeAway)
    case (.goAway, .open), (.goAway, .leaving):
      phase = .leaving
      return .leaving(try GoAway(header, body: body))
    case (.error, _):
      return errorReceived(try ErrorFrame(header, body: body))
    default:
      throw WireError(.unexpectedFrame, "\(type) is not allowed from a server at this point (\(phase))")
    }
  }

  private mutating func welcomeReceived(
    _ welcome: Welcome, now: ContinuousClock.Instant
  ) throws(WireError) -> Event {
    guard hello.versions.contains(welcome.version) else {
      throw WireError(
        .unsupportedVersion, "the server chose version \(welcome.version), which was not offered")
    }
    guard hello.features.isSuperset(of: welcome.features) else {
      throw WireError(.malformedFrame, "the server agreed to features that were not offered")
    }
    phase = .open
    limits = welcome.limits
    credit = welcome.credit
    liveness = Liveness(heartbeat: limits.heartbeat, silence: limits.silence, now: now)
    return .welcomed(welcome)
  }

  private mutating func acknowledgementReceived(_ acknowledgement: Acknowledgement) -> Event {
    switch acknowledgement {
    case .accepted(let sequence, let status):
      return .accepted(awaitingAcceptance.take(through: sequence), status)
    case .committed(let batches, let status):
      return .committed(batches, status)
    }
  }

  private mutating func windowReceived(_ window: Credit) throws(WireError) -> Event {
    guard window.batches >= credit.batches, window.bytes >= credit.bytes else {
      throw WireError(.malformedFrame, "the server took credit back")
    }
    credit = window
    return .creditRaised
  }

  private mutating func errorReceived(_ report: ErrorFrame) -> Event {
    if let sequence = report.sequence { return .refused(sequence: sequence, report) }
    phase = .closed
    return .failed(report)
  }
}
