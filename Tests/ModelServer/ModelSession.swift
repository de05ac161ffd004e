import SocketIO
import WireProtocol

/// One connection of a model server.
final class ModelSession: ByteTransportDelegate {
  let socket: StreamSocket
  private unowned let server: ModelServerState
  private(set) var machine: ServerConnection
  private var unread: [UInt8] = []
  /// Bytes that are still to be sent in slices.
  private var unsent: [UInt8] = []
  /// Batches of this connection that were committed for the first time.
  private var committedBatches = 0
  /// Batches that are accepted and wait for their commit.
  private var held: [(UInt64, EventColumns)] = []

  init(_ socket: StreamSocket, _ server: ModelServerState) {
    self.socket = socket
    self.server = server
    machine = ServerConnection(
      configuration: ServerConnection.Configuration(
        limits: server.manners.limits, credit: server.manners.credit, server: ProducerID(high: 9, low: 9),
        handshake: .seconds(3), bodyProgress: .seconds(10)),
      now: .now)
    socket.start(self)
  }

  var producer: ProducerID? { machine.producer }

  func received(_ bytes: RawSpan, from transport: any ByteTransport) {
    if let answer = server.manners.strangeAnswer {
      socket.send(answer)
      return end()
    }
    if unread.isEmpty {
      let used = process(bytes)
      bytes.extracting(used..<bytes.byteCount).withUnsafeBytes { unread.append(contentsOf: $0) }
    } else {
      bytes.withUnsafeBytes { unread.append(contentsOf: $0) }
      let held = unread
      unread.removeFirst(process(held.span.bytes))
    }
    flush()
    server.changed()
  }

  func reachedEnd(of transport: any ByteTransport) { end() }

  func failed(_ error: SocketError, on transport: any ByteTransport) { end() }

  /// Cuts the connection without a frame.
  func end() {
    socket.close()
    server.ended(self)
  }

  func supersede() {
    machine.fail(WireError(.superseded, "the producer opened a newer connection"))
    flush()
    end()
  }

  func goAway() {
    _ = machine.drain(within: server.manners.closeTimeout)
    flush()
  }

  func fail(_ error: WireError) {
    machine.fail(error)
    flush()
    end()
  }

  func resumeReading() { socket.resumeReading() }

  func commitHeld() {
    let batches = held
    held = []
    for (sequence, columns) in batches {
      if let error = server.manners.batchRefusal?(sequence) {
        machine.refused(sequence, error)
      } else {
        commit(sequence, columns)
      }
    }
    flush()
  }

  func flush() {
    guard !socket.isClosed else { return }
    let output = machine.takeOutput(queue: (batches: held.count, bytes: 0), now: .now)
    if !output.isEmpty { send(output) }
    if machine.isFinished, unsent.isEmpty { socket.shutdownWrite() }
  }

  private func send(_ output: [UInt8]) {
    guard let slice = server.manners.sliceBytes else { return socket.send(output) }
    let isSending = !unsent.isEmpty
    unsent += output
    if !isSending { sendSlice(slice) }
  }

  private func sendSlice(_ count: Int) {
    guard !socket.isClosed else { return }
    socket.send(Array(unsent.prefix(count)))
    unsent.removeFirst(min(count, unsent.count))
    let this = LoopBound(self, on: socket.loop)
    socket.loop.run {
      if this.value.unsent.isEmpty { this.value.flush() } else { this.value.sendSlice(count) }
    }
  }

  private func process(_ bytes: RawSpan) -> Int {
    var used = 0
    while used < bytes.byteCount, !socket.isClosed {
      let frame = bytes.extracting(used..<bytes.byteCount)
      let step = machine.receive(frame, now: .now)
      used += step.consumed
      switch step.action {
      case .needMore: return used
      case .proceed: break
      case .authenticate: preconditionFailure("this server asks for no key")
      case .register(let hello): register(hello)
      case .admit(let header, let body): admit(header, frame.extracting(body))
      case .close:
        flush()
        end()
      case .rejectUnknownProtocol(let answer):
        socket.send(answer)
        end()
      }
    }
    return bytes.byteCount
  }

  private func register(_ hello: Hello) {
    if let refusal = server.manners.refusal {
      machine.fail(refusal, delay: server.manners.delay)
      flush()
      return end()
    }
    server.supersede(hello.producer, by: self)
    let span = server.manners.limits.span
    let outcome = server.ledger.withLedger { ledger -> Result<(Ledger.Registration, Lineage), WireError> in
      do throws(WireError) {
        return .success((try ledger.register(hello.producer, base: hello.base, span: span), ledger.lineage))
      } catch {
        return .failure(error)
      }
    }
    switch outcome {
    case .success((let registration, let lineage)):
      machine.registered(
        session: registration.session, floor: registration.floor, highest: registration.highest,
        settled: registration.settled, lineage: lineage,
        durability: Durability(synchronousCommit: .on, fsync: true))
      server.helloBases.append(hello.base)
      if server.manners.stopsReading { socket.pauseReading() }
    case .failure(let error):
      fail(error)
    }
  }

  private func admit(_ header: PublishHeader, _ body: RawSpan) {
    server.published.append(header.sequence)
    server.timesToLive.append(header.timeToLive)
    server.traceContexts.append(header.traceContext?.description)
    if server.manners.isNull {
      machine.accepted(header.sequence)
      return machine.committed(CommittedBatch(sequence: header.sequence, counts: nil, isReplay: false))
    }
    if let error = server.manners.batchRefusal?(header.sequence) {
      return machine.refused(header.sequence, error)
    }
    do throws(WireError) {
      let columns = try header.columns(in: body, limits: server.manners.limits.batch)
      server.codecs.append(header.codec)
      if server.manners.notesKeys { server.arrivedKeys.formUnion(columns.keys) }
      if !server.manners.acceptsSilently { machine.accepted(header.sequence) }
      if server.manners.holdsCommits {
        held.append((header.sequence, columns))
      } else {
        commit(header.sequence, columns)
      }
      if let limit = server.manners.cutsAfter, committedBatches >= limit { end() }
    } catch {
      if error.code.scope == .batch { machine.refused(header.sequence, error) } else { fail(error) }
    }
  }

  private func commit(_ sequence: UInt64, _ columns: EventColumns) {
    guard let producer = machine.producer else { return }
    let outcome = server.ledger.withLedger { ledger -> Result<CommittedBatch, WireError> in
      do throws(WireError) {
        return .success(try ledger.commit(producer, sequence, columns))
      } catch {
        return .failure(error)
      }
    }
    switch outcome {
    case .success(let batch):
      if !batch.isReplay { committedBatches += 1 }
      machine.committed(batch)
    case .failure(let error): machine.refused(sequence, error)
    }
  }
}
