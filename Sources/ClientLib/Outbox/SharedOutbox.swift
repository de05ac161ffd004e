import Synchronization
import WireProtocol

/// The outbox as publishers and the connection share it: behind a lock that is held for moments, with the
/// publishers who wait for room, in order.
///
/// What publishers are told, they are told after the lock is released.
final class SharedOutbox: Sendable {
  /// A batch that waits for room.
  fileprivate struct Waiter: Sendable {
    let parcel: Parcel
    let ticket: Ticket
    let expiry: Expiry?
    let admitted: Promise<Result<Void, ProducerError>>

    var unsettled: UnsettledBatch { UnsettledBatch(sequence: nil, events: parcel.events, wasAccepted: false) }
  }

  fileprivate struct State: Sendable {
    var outbox: Outbox
    var waiting: [Waiter] = []
    var statistics = Producer.Statistics()
    /// The producer is over, and why.
    var end: ProducerError?
    /// What the spool still has to be told after the end.
    var lastWork: SpoolLog.Work?
  }

  /// What came of offering a batch.
  enum Admission {
    /// The outbox has it.
    case taken
    /// It waits for room, in order.
    case waiting(Promise<Result<Void, ProducerError>>)
  }

  private let state: Mutex<State>
  private let spool: SpoolWriter?

  /// - Parameter spool: is woken when there may be something to write.
  init(_ outbox: Outbox, spool: SpoolWriter? = nil) {
    state = Mutex(State(outbox: outbox))
    self.spool = spool
    let recovered = outbox.tickets.count
    state.withLock { $0.statistics.recovered = recovered }
  }

  convenience init(producer: ProducerID, capacity: Outbox.Capacity) {
    self.init(Outbox(producer: producer, capacity: capacity))
  }

  /// Whether `Ticket.kept` will come.
  var hasSpool: Bool { spool != nil }

  var statistics: Producer.Statistics { state.withLock(\.statistics) }

  /// The present identity.
  var producer: ProducerID { state.withLock(\.outbox.producer) }

  /// What the server of the current connection takes; nil before the first.
  var terms: Outbox.Terms? { state.withLock(\.outbox.terms) }

  /// The publishers of everything that is not settled, including what waits for room.
  var unsettledTickets: [Ticket] {
    state.withLock { $0.outbox.tickets + $0.waiting.map(\.ticket) }
  }

  /// Offers a batch.
  /// - Parameter whenFull: what to do when there is no room.
  func offer(
    _ parcel: Parcel, _ ticket: Ticket, expiry: Expiry? = nil, whenFull: Producer.Configuration.WhenFull
  ) throws(ProducerError) -> Admission {
    let (result, dropped) = state.withLock { state -> (Result<Admission, ProducerError>, [Settlement]) in
      if let end = state.end { return (.failure(end), []) }
      if let error = state.outbox.terms?.refusal(of: parcel) { return (.failure(error), []) }
      let dropped = whenFull == .dropOldest ? state.makeRoom(for: parcel.bytes.count) : []
      if state.waiting.isEmpty, state.outbox.hasRoom(for: parcel.bytes.count) {
        state.take(parcel, ticket, expiry)
        return (.success(.taken), dropped)
      }
      guard whenFull != .fail else { return (.failure(state.outbox.fullError), dropped) }
      let admitted = Promise<Result<Void, ProducerError>>()
      state.waiting.append(Waiter(parcel: parcel, ticket: ticket, expiry: expiry, admitted: admitted))
      return (.success(.waiting(admitted)), dropped)
    }
    for settlement in dropped { settlement.tell() }
    spool?.wake()
    return try result.get()
  }

  /// The publisher does not want to wait any more. False when the batch was taken meanwhile.
  func withdraw(_ ticket: Ticket) -> Bool {
    state.withLock { state in
      guard let place = state.waiting.firstIndex(where: { $0.ticket === ticket }) else { return false }
      state.waiting.remove(at: place)
      return true
    }
  }

  /// Lends the outbox to the connection; what it settled makes room for those who wait.
  func withOutbox<Result: Sendable>(_ body: (inout Outbox, inout Producer.Statistics) -> Result) -> Result {
    let (result, admitted) = state.withLock { state in
      let result = body(&state.outbox, &state.statistics)
      return (result, state.admitWaiting())
    }
    for promise in admitted { promise.fulfil(.success(())) }
    spool?.wake()
    return result
  }

  /// What the spool's writer is to do now; nil for nothing.
  func takeSpoolWork() -> SpoolLog.Work? {
    state.withLock { state in
      if let last = state.lastWork.take() { return last }
      return state.outbox.takeSpoolWork()
    }
  }

  /// The spool has everything up to `mark`.
  func kept(_ mark: SpoolLog.Mark) {
    let tickets = state.withLock { $0.outbox.kept(mark) }
    for ticket in tickets { ticket.kept.fulfil(.success(())) }
  }

  /// Why nothing is taken any more; nil while the producer lives.
  var end: ProducerError? { state.withLock(\.end) }

  /// Ends the producer: nothing is taken any more, and everything unsettled fails with `error`, to which a
  /// list of it is added, and is forgotten. Returns the end, which is an earlier one if there was one.
  @discardableResult
  func end(_ error: ProducerError) -> ProducerError {
    let (end, tickets, waiting) = state.withLock { state in
      if let end = state.end { return (end, [Ticket](), [Waiter]()) }
      let end = error.listing(state.outbox.unsettled + state.waiting.map(\.unsettled))
      state.end = end
      defer {
        state.waiting = []
        state.lastWork = state.outbox.removeAll()
      }
      return (end, state.outbox.tickets, state.waiting)
    }
    spool?.close()
    for ticket in tickets { ticket.settle(.failure(end)) }
    for waiter in waiting {
      waiter.ticket.settle(.failure(end))
      waiter.admitted.fulfil(.failure(end))
    }
    return end
  }
}

extension SharedOutbox.State {
  fileprivate mutating func take(_ parcel: Parcel, _ ticket: Ticket, _ expiry: Expiry?) {
    outbox.add(parcel, ticket, expiry: expiry)
    statistics.batches += 1
    statistics.events += parcel.events
    statistics.rawBytes += parcel.rawLength
  }

  /// Drops the oldest batches until one of so many bytes has room.
  fileprivate mutating func makeRoom(for bytes: Int) -> [Settlement] {
    var dropped: [Settlement] = []
    while !outbox.hasRoom(for: bytes), let settlement = outbox.dropOldest(for: bytes) {
      dropped.append(settlement)
    }
    statistics.dropped += dropped.count
    return dropped
  }

  fileprivate mutating func admitWaiting() -> [Promise<Result<Void, ProducerError>>] {
    var admitted: [Promise<Result<Void, ProducerError>>] = []
    while let first = waiting.first, outbox.hasRoom(for: first.parcel.bytes.count) {
      take(first.parcel, first.ticket, first.expiry)
      admitted.append(first.admitted)
      waiting.removeFirst()
    }
    return admitted
  }
}

extension Outbox {
  fileprivate var fullError: ProducerError {
    ProducerError(
      .outboxFull,
      "\(tickets.count) batches of \(heldBytes) bytes wait for the server, and no more may; try again later",
      isRetryable: true)
  }
}
