import WireProtocol

extension Outbox {
  /// What a WELCOME brought.
  struct Resumption: Sendable {
    /// Batches whose end was not heard of: the server had committed them.
    var settlements: [Settlement] = []
    /// The database under which commits were told is not this one: they may be gone.
    var lostLineage: (told: Lineage, found: Lineage)?
    /// Somebody else used this identity: what WELCOME says is not about the batches here.
    var isStale = false
  }

  /// A connection is open, and is the current one from now on: what WELCOME does not list as settled is sent
  /// on it, in ascending order, with the same sequences and columns.
  ///
  /// WELCOME's word counts for batches that were sent under this identity only. A floor above another one
  /// means that somebody else used its number, and so do more sessions than HELLOs were said here.
  /// - Parameter helloBase: the base that HELLO declared, which the bitmap begins at. Answers on an older
  ///   connection may have raised it since.
  mutating func resume(_ welcome: Welcome, helloBase: UInt64) -> Resumption {
    terms = Terms(welcome)
    cursor = base
    var resumption = Resumption()
    resumption.isStale = isTwin(welcome)
    lastWelcome = (welcome.session, welcome.lineage)
    hellosSince = 0
    if let told = lineage, told != welcome.lineage {
      resumption.lostLineage = (told, welcome.lineage)
      lineage = nil
    }
    for (sequence, entry) in window.all where entry.wasSent && !resumption.isStale {
      guard sequence <= welcome.floor || welcome.settled[sequence - helloBase] else { continue }
      guard let entry = remove(sequence) else { continue }
      lineage = welcome.lineage
      resumption.settlements.append(
        Settlement(
          ticket: entry.ticket,
          outcome: .success(Counts(nil, received: entry.parcel.events, isReplay: true))))
    }
    deferred.removeAll { window[$0] == nil }
    if base <= welcome.floor { resumption.isStale = true }
    return resumption
  }

  /// What the HELLO of the next connection says, which is counted.
  mutating func introduce() -> (producer: ProducerID, base: UInt64) {
    hellosSince += 1
    return (producer, base)
  }

  /// Whether another program said HELLO with this identity since the last WELCOME.
  private func isTwin(_ welcome: Welcome) -> Bool {
    guard let last = lastWelcome, last.lineage == welcome.lineage, welcome.session > last.session else {
      return false
    }
    return welcome.session - last.session > hellosSince
  }

  /// Goes on under another identity: everything unsettled gets new numbers from 1 on, in the old order.
  mutating func renew(as producer: ProducerID) {
    let entries = window.all
    self.producer = producer
    window = SequenceWindow()
    for (_, entry) in entries {
      _ = window.append(Entry(parcel: entry.parcel, ticket: entry.ticket, wasAccepted: entry.wasAccepted))
    }
    cursor = 1
    deferred = []
    lastWelcome = nil
  }
}
