import Synchronization
import WireProtocol

/// Gathers single events into batches: one is sent when it is full, or when its first event has waited long
/// enough.
final class Gathering: Sendable {
  /// A batch that takes no more events.
  private struct Sealed {
    let columns: [UInt8]
    let events: Int
    let ticket: Ticket
  }

  private struct State {
    var limits = BatchLimits.standard
    var builder = EventColumnsBuilder()
    /// Of the batch that is being gathered; nil while there is none.
    var ticket: Ticket?
    /// The admission of a sealed batch for which there was no room.
    var overflow: Promise<Result<Void, ProducerError>>?

    /// An empty builder takes on the limits of the present server.
    private mutating func adopt(_ present: BatchLimits) {
      guard limits != present else { return }
      limits = present
      builder = EventColumnsBuilder(limits: present)
    }

    mutating func append(_ event: Event, limits: () -> BatchLimits) throws(EventRefusal) -> Addition {
      let isFirst = ticket == nil
      if isFirst { adopt(limits()) }
      let fits = try builder.append(
        topic: event.topic, source: event.source, id: event.id, timestamp: event.timestamp.microseconds,
        payload: event.payload)
      guard fits else {
        guard let sealed = seal() else {
          preconditionFailure("an empty builder takes an event or refuses it")
        }
        return .full(sealed)
      }
      let ticket = self.ticket ?? Ticket()
      self.ticket = ticket
      return .added(ticket, isFirst: isFirst)
    }

    /// Takes out what was gathered; nil when there is nothing.
    mutating func seal() -> Sealed? {
      guard let ticket else { return nil }
      self.ticket = nil
      let events = builder.count
      return Sealed(columns: builder.finish(), events: events, ticket: ticket)
    }
  }

  private enum Addition {
    case added(Ticket, isFirst: Bool)
    case full(Sealed)
    case refused(EventRefusal)
  }

  private let intake: Intake
  private let linger: Duration
  private let whenFull: Producer.Configuration.WhenFull
  private let state = Mutex(State())

  init(_ intake: Intake, linger: Duration, whenFull: Producer.Configuration.WhenFull) {
    self.intake = intake
    self.linger = linger
    self.whenFull = whenFull
  }

  /// Adds an event to the batch that is being gathered, waiting while a full one has no room in the outbox.
  func add(_ event: Event) async throws(ProducerError) -> Ticket {
    while true {
      try await waitForRoom()
      switch append(event) {
      case .added(let ticket, let isFirst):
        if isFirst { startLinger(ticket) }
        return ticket
      case .full(let sealed):
        post(sealed)
      case .refused(let refusal):
        throw ProducerError(refusal)
      }
    }
  }

  /// Sends what was gathered so far, when there is room for it.
  func flush() async {
    _ = await overflow?.value()
    if let sealed = state.withLock({ $0.seal() }) { post(sealed) }
  }

  /// The admission that is being waited for; nil when there is none.
  private var overflow: Promise<Result<Void, ProducerError>>? {
    state.withLock { state in
      if state.overflow?.isFulfilled == true { state.overflow = nil }
      return state.overflow
    }
  }

  private func waitForRoom() async throws(ProducerError) {
    while let overflow {
      guard whenFull != .fail else {
        throw ProducerError(
          .outboxFull, "as much as the configuration allows waits for the server; try again later",
          isRetryable: true)
      }
      guard let outcome = await overflow.value() else { throw .cancelled }
      try outcome.get()
    }
  }

  private func append(_ event: Event) -> Addition {
    state.withLock { state in
      do throws(EventRefusal) {
        return try state.append(event, limits: { intake.limits })
      } catch {
        return .refused(error)
      }
    }
  }

  private func post(_ sealed: Sealed) {
    let parcel = intake.pack(sealed.columns, events: sealed.events)
    // Its events were taken, so a full outbox is told to the next ones.
    let whenFull: Producer.Configuration.WhenFull = whenFull == .fail ? .wait : whenFull
    do {
      guard case .waiting(let admitted) = try intake.offer(parcel, sealed.ticket, whenFull: whenFull) else {
        return
      }
      state.withLock { $0.overflow = admitted }
    } catch {
      sealed.ticket.settle(.failure(error))
    }
  }

  private func startLinger(_ ticket: Ticket) {
    Task { [self] in
      // Not cancelled by anybody, so it sleeps to the end.
      try? await Task.sleep(for: linger)
      _ = await overflow?.value()
      let sealed = state.withLock { $0.ticket === ticket ? $0.seal() : nil }
      if let sealed { post(sealed) }
    }
  }
}
