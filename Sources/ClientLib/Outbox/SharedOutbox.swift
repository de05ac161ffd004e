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
    let admitted: Promise<Result<Void, ProducerError>>

    var unsettled: UnsettledBatch { UnsettledBatch(sequence: nil, events: parcel.events, wasAccepted: false) }
  }

  fileprivate struct State: Sendable {
    var outbox: Outbox
    var waiting: [Waiter] = []
    var statistics = Producer.Statistics()
    /// The producer is over, and why.
    var end: ProducerError?
  }

  /// What came of offering a batch.
  enum Admission {
    /// The outbox has it.
    case taken
    /// It waits for room, in order.
    case waiting(Promise<Result<Void, ProducerError>>)
  }

  private let state: Mutex<State>

  init(producer: ProducerID, capacity: Outbox.Capacity) {
    state = Mutex(State(outbox: Outbox(producer: producer, capacity: capacity)))
  }

  var statistics: Producer.Statistics { state.withLock(\.statistics) }

  /// What the server of the current connection takes; nil before the first.
  var terms: Outbox.Terms? { state.withLock(\.outbox.terms) }

  /// The publishers of everything that is not settled, including what waits for room.
  var unsettledTickets: [Ticket] {
    state.withLock { $0.outbox.tickets + $0.waiting.map(\.ticket) }
  }

  /// Offers a batch.
  /// - Parameter mayWait: false to be told `outboxFull` instead of waiting.
  func offer(_ parcel: Parcel, _ ticket: Ticket, mayWait: Bool) throws(ProducerError) -> Admission {
    try state.withLock { state -> Result<Admission, ProducerError> in
      if let end = state.end { return .failure(end) }
      if let error = state.outbox.terms?.refusal(of: parcel) { return .failure(error) }
      if state.waiting.isEmpty, state.outbox.hasRoom(for: parcel.bytes.count) {
        state.take(parcel, ticket)
        return .success(.taken)
      }
      guard mayWait else { return .failure(state.outbox.fullError) }
      let admitted = Promise<Result<Void, ProducerError>>()
      state.waiting.append(Waiter(parcel: parcel, ticket: ticket, admitted: admitted))
      return .success(.waiting(admitted))
    }.get()
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
    return result
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
        state.outbox.removeAll()
      }
      return (end, state.outbox.tickets, state.waiting)
    }
    for ticket in tickets { ticket.settle(.failure(end)) }
    for waiter in waiting {
      waiter.ticket.settle(.failure(end))
      waiter.admitted.fulfil(.failure(end))
    }
    return end
  }
}

extension SharedOutbox.State {
  fileprivate mutating func take(_ parcel: Parcel, _ ticket: Ticket) {
    outbox.add(parcel, ticket)
    statistics.batches += 1
    statistics.events += parcel.events
    statistics.rawBytes += parcel.rawLength
  }

  fileprivate mutating func admitWaiting() -> [Promise<Result<Void, ProducerError>>] {
    var admitted: [Promise<Result<Void, ProducerError>>] = []
    while let first = waiting.first, outbox.hasRoom(for: first.parcel.bytes.count) {
      take(first.parcel, first.ticket)
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
