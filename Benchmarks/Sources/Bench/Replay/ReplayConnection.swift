import Glibc
import WireProtocol

/// A producer's connection that does the least possible work: it writes ready-made frames within the server's
/// credit, and counts the acknowledgements.
final class ReplayConnection {
  /// The answers of the server so far, over all connections that share this object.
  final class Progress {
    /// Connections whose handshake is complete.
    fileprivate(set) var welcome = 0
    /// Events.
    fileprivate(set) var accepted = 0
    fileprivate(set) var committed = 0
    fileprivate(set) var unique = 0
  }

  let descriptor: CInt
  /// Whether every connection has received WELCOME. No frame is sent before.
  var mayPublish = false

  private var machine: ClientConnection
  private let frames: [ReadyFrame]
  private let progress: Progress
  /// Index of the next frame to send.
  private var next = 0
  /// The bytes that are being sent, and how many of them were sent.
  private var output: [UInt8] = []
  private var written = 0
  /// The start of a frame from the server.
  private var partial: [UInt8] = []

  /// Takes over a connected, non-blocking socket.
  init(_ descriptor: CInt, frames: [ReadyFrame], progress: Progress, now: ContinuousClock.Instant) {
    var random = SystemRandomNumberGenerator()
    let hello = Hello(producer: .random(using: &random), base: 1, clientName: "replay")
    self.descriptor = descriptor
    self.frames = frames
    self.progress = progress
    machine = ClientConnection(hello: hello, handshake: .seconds(60), now: now)
  }

  /// Writes as many bytes as the socket and the credit allow.
  func write(at now: ContinuousClock.Instant) throws(ReplayError) {
    while written < output.count || refill(at: now) {
      let count = output.withUnsafeBytes { bytes in
        send(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written, CInt(MSG_NOSIGNAL))
      }
      guard count >= 0 else {
        guard errno == EAGAIN else { throw .system("send", errno) }
        return
      }
      written += count
    }
  }

  /// Puts the next bytes into `output`. Returns false when no bytes are left, or no credit.
  private func refill(at now: ContinuousClock.Instant) -> Bool {
    written = 0
    output = machine.takeOutput(now: now)
    if !output.isEmpty { return true }
    guard mayPublish, next < frames.count, machine.maySend(rawLength: frames[next].rawLength) else {
      return false
    }
    let frame = frames[next]
    machine.countPublish(sequence: frame.sequence, rawLength: frame.rawLength)
    // Shared, not copied.
    output = frame.bytes
    next += 1
    return true
  }

  /// Reads the available bytes, through a buffer that all connections share.
  func read(through buffer: UnsafeMutableRawBufferPointer, at now: ContinuousClock.Instant)
    throws(ReplayError)
  {
    while true {
      let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
      guard count > 0 else {
        if count == 0 { throw .closed }
        guard errno == EAGAIN else { throw .system("recv", errno) }
        return
      }
      partial.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      try digest(at: now)
    }
  }

  /// Sends a heartbeat when one is due.
  func tick(at now: ContinuousClock.Instant) throws(ReplayError) {
    if case .failed(let error) = machine.tick(now: now) { throw .refused(error.error.message) }
    try write(at: now)
  }

  private func digest(at now: ContinuousClock.Instant) throws(ReplayError) {
    var used = 0
    while used < partial.count {
      let step = machine.receive(partial.span.bytes.extracting(used..<partial.count), now: now)
      if case .needMore = step.event { break }
      used += step.consumed
      try heard(step.event)
    }
    partial.removeFirst(used)
  }

  private func heard(_ event: ClientConnection.OnBytes) throws(ReplayError) {
    switch event {
    case .needMore, .none, .creditRaised, .storeUnavailable: break
    case .welcomed: progress.welcome += 1
    case .accepted(let sequences, _):
      for sequence in sequences { progress.accepted += frames[Int(sequence) - 1].events }
    case .committed(let batches, _):
      for batch in batches {
        progress.committed += Int(batch.counts?.received ?? 0)
        progress.unique += Int(batch.counts?.unique ?? 0)
      }
    case .refused(_, let error), .failed(let error): throw .refused(error.error.message)
    case .leaving: throw .refused("the server is about to stop")
    }
  }
}

/// An error that ends a replay.
enum ReplayError: Error, CustomStringConvertible {
  case system(String, CInt)
  case closed
  case refused(String)

  var description: String {
    switch self {
    case .system(let call, let code): "\(call): \(String(cString: strerror(code)))"
    case .closed: "the server closed the connection"
    case .refused(let reason): "the server refused: \(reason)"
    }
  }
}
