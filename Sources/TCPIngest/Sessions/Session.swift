import Ingest
import Logging
import SocketIO
import WireProtocol

/// One connection: turns bytes, answers and time into calls of its machine, and what the machine says into
/// calls of socket, store and queue. It decides nothing about the protocol.
///
/// Lives on the loop of its socket and is touched nowhere else.
final class Session: StreamSocketDelegate {
  /// Why no bytes are looked at for the moment.
  enum Stall {
    /// The budget has no room for the next batch.
    case memory
    /// The queue has no room for this batch.
    case queue(IngestBatch, deadline: ContinuousClock.Instant?)
  }

  /// What the rest of the server does for a session.
  struct Surroundings {
    let configuration: IngestServerConfiguration
    let services: IngestServices
    let newest: NewestSessions
    let refusals: RefusalLog
    /// Called once, when the connection is closed.
    let ended: (Session) -> Void
  }

  let socket: StreamSocket
  let surroundings: Surroundings
  var machine: ServerConnection
  var partial = PartialFrame()
  /// Bytes that arrived and wait for a stall to end; at most one receive buffer.
  var backlog: [UInt8] = []
  var stall: Stall?
  /// Bytes of the budget held for the frame that comes next.
  var reserved: Int?
  var session: Int64?
  /// As whom the producer registered.
  var origin = ProducerOrigin.unnamed
  /// Set when nothing more will be said: the peer's bytes are read and thrown away until then.
  var lingerUntil: ContinuousClock.Instant?
  private(set) var mailbox: SettlementMailbox?

  init(_ socket: StreamSocket, _ machine: consuming ServerConnection, _ surroundings: Surroundings) {
    self.socket = socket
    self.machine = machine
    self.surroundings = surroundings
  }

  var services: IngestServices { surroundings.services }
  var isOpen: Bool { lingerUntil == nil && !socket.isClosed }

  /// Begins to read.
  func start() {
    services.activity.connectionOpened()
    socket.start(self)
  }

  /// The place that writers leave answers in.
  var answers: SettlementMailbox {
    if let mailbox { return mailbox }
    let made = SettlementMailbox(LoopBound(self, on: socket.loop))
    mailbox = made
    return made
  }

  /// Sends what the machine has to say, and closes when there is nothing left to wait for.
  func flush(at now: ContinuousClock.Instant) {
    guard !socket.isClosed else { return }
    let depth = services.queue.depth
    let output = machine.takeOutput(queue: (depth.batches, depth.bytes), now: now)
    if !output.isEmpty { socket.send(output) }
    if isOpen, machine.isFinished { linger(from: now) }
  }

  /// Says nothing more, and reads on for a while: closing with unread bytes would reset the connection and
  /// take the last frames with it.
  func linger(from now: ContinuousClock.Instant) {
    guard lingerUntil == nil, !socket.isClosed else { return }
    lingerUntil = now + surroundings.configuration.linger
    partial = PartialFrame()
    backlog = []
    stall = nil
    giveBackReservation()
    socket.shutdownWrite()
    socket.resumeReading()
  }

  /// Closes for good.
  func close() {
    guard !socket.isClosed else { return }
    socket.close()
    dismiss()
  }

  /// The socket is closed: let go of everything that others hold for this session.
  func dismiss() {
    giveBackReservation()
    stall = nil
    if let producer = machine.producer, let session {
      surroundings.newest.remove(producer, session: session)
    }
    mailbox = nil
    services.activity.connectionClosed()
    surroundings.ended(self)
  }

  func giveBackReservation() {
    guard let bytes = reserved else { return }
    reserved = nil
    services.memory.release(bytes)
  }
}
