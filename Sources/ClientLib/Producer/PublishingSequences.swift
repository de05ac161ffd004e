extension Producer {
  /// Publishes many events in batches that are as large as the servers and the configuration allow.
  ///
  /// The call returns when the outbox has all batches. While the outbox is full, the call waits, throws or drops
  /// older batches, as ``Configuration/whenFull`` says.
  /// - Returns: a receipt for each batch, in the order of the events; none for no events.
  /// - Throws: ``ProducerError``, as `publish(_:timeToLive:)` does. The events before the error stay published.
  ///   Publishing all events again is safe, because the server stores each key once.
  @discardableResult
  public func publish(contentsOf events: some Sequence<Event>) async throws(ProducerError) -> [Receipt] {
    var receipts: [Receipt] = []
    var batch = makeBatch()
    for event in events {
      let fits: Bool
      do throws(ProducerError) {
        fits = try batch.append(event)
      } catch {
        if !batch.isEmpty { _ = try await publish(batch) }
        throw error
      }
      guard !fits else { continue }
      receipts.append(try await publish(batch))
      batch = makeBatch()
      guard try batch.append(event) else { preconditionFailure("an empty batch takes an event or throws") }
    }
    if !batch.isEmpty { receipts.append(try await publish(batch)) }
    return receipts
  }

  /// Publishes the events of a sequence one by one, as they come. Whoever reads the receipts moves the sequence
  /// on: each step takes one event, publishes it, and returns its receipt.
  ///
  ///     for try await receipt in producer.publish(contentsOf: readings) { … }
  ///
  /// Events that come within ``Configuration/linger`` share a batch, as those of `publish(_:)` do.
  public func publish<Events: AsyncSequence>(contentsOf events: Events) -> Receipts<Events>
  where Events.Element == Event {
    Receipts(events: events, producer: self)
  }

  /// The receipts of the events of a sequence, in their order.
  public struct Receipts<Events: AsyncSequence>: AsyncSequence where Events.Element == Event {
    fileprivate let events: Events
    fileprivate let producer: Producer

    /// Begins with the first event.
    public func makeAsyncIterator() -> Iterator {
      Iterator(events: events.makeAsyncIterator(), producer: producer)
    }

    /// A position in the events.
    public struct Iterator: AsyncIteratorProtocol {
      fileprivate var events: Events.AsyncIterator
      fileprivate let producer: Producer

      /// Publishes the next event; nil after the last.
      /// - Throws: the error of the sequence, or a ``ProducerError``. The event is not published then.
      public mutating func next(isolation actor: isolated (any Actor)?) async throws -> Receipt? {
        guard let event = try await events.next(isolation: actor) else { return nil }
        return try await producer.publish(event)
      }

      /// Publishes the next event; nil after the last.
      /// - Throws: the error of the sequence, or a ``ProducerError``. The event is not published then.
      public mutating func next() async throws -> Receipt? {
        try await next(isolation: nil)
      }
    }
  }
}

extension Producer.Receipts: Sendable where Events: Sendable {}
