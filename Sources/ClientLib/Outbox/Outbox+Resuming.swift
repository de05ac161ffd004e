import WireProtocol

extension Outbox {
  /// What a WELCOME brought.
  struct Resumption: Sendable {
    /// Batches whose end was not heard of: the server had committed them.
    var settlements: [Settlement] = []
    /// Why commits that were told may be gone; nil when the database knows of all that it can know of.
    var loss: LineageLoss?
    /// Somebody else used this identity: its numbers are of no use any more.
    var isStale = false
  }

  /// How a database shows that it is not the one that told of commits.
  enum LineageLoss: Hashable, Sendable {
    /// It is another one, or on another timeline.
    case another(told: Lineage, found: Lineage)
    /// It knows less than before: it was taken back to an earlier state.
    case wentBack
  }

  /// A connection is open, and is the current one from now on: what WELCOME does not list as settled is sent
  /// on it, in ascending order, with the same sequences and columns.
  ///
  /// WELCOME's word counts for batches that were sent under this identity only. A floor above another one
  /// means that somebody else used its number. Sessions that were not answered here may be a twin's, though
  /// mostly they are HELLOs of this producer whose answers were lost; so may be settled numbers that were not
  /// sent here. From then on everything is sent again:
  /// the server knows its own batches by their digests, and says of others that their numbers were used.
  /// - Parameter helloBase: the base that HELLO declared, which the bitmap begins at. Answers on an older
  ///   connection may have raised it since.
  mutating func resume(_ welcome: Welcome, helloBase: UInt64) -> Resumption {
    terms = Terms(welcome)
    cursor = base
    var resumption = Resumption()
    resumption.loss = loss(welcome, helloBase: helloBase)
    if resumption.loss != nil {
      lineage = nil
      toldAboveBase = []
    }
    mayHaveTwin =
      mayHaveTwin || hasUnknownSessions(before: welcome) || listsUnsent(welcome, helloBase: helloBase)
    lastWelcome = (welcome.session, welcome.lineage)
    for (sequence, entry) in window.all where entry.wasSent && !mayHaveTwin {
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

  /// What the HELLO of the next connection says.
  mutating func introduce() -> (producer: ProducerID, base: UInt64) {
    toldAboveBase = toldAboveBase.filter { $0 >= base }
    toldBeforeHello = toldAboveBase
    return (producer, declaredBase)
  }

  /// Sessions only rise, and what was committed once stays listed until the base is above it. What was told
  /// after the HELLO may be missing in an answer that was on its way already.
  private func loss(_ welcome: Welcome, helloBase: UInt64) -> LineageLoss? {
    if let told = lineage, told != welcome.lineage { return .another(told: told, found: welcome.lineage) }
    guard lineage != nil else { return nil }
    let isEarlier =
      lastWelcome.map { $0.lineage == welcome.lineage && welcome.session <= $0.session } ?? false
    let lacksCommits = toldBeforeHello.contains {
      $0 > welcome.floor && $0 >= helloBase && !welcome.settled[$0 - helloBase]
    }
    return isEarlier || lacksCommits ? .wentBack : nil
  }

  /// Whether HELLOs with this identity were taken between the last WELCOME and the one that led to this.
  private func hasUnknownSessions(before welcome: Welcome) -> Bool {
    guard let last = lastWelcome, last.lineage == welcome.lineage, welcome.session > last.session else {
      return false
    }
    return welcome.session - last.session > 1
  }

  /// Whether numbers are settled that were not sent here: by a twin, or by an earlier process over the spool.
  private func listsUnsent(_ welcome: Welcome, helloBase: UInt64) -> Bool {
    welcome.settled.sequences(base: helloBase).contains { sequence in
      sequence >= window.next || window[sequence]?.wasSent == false
    }
  }

  /// Goes on under another identity: everything unsettled gets new numbers from 1 on, in the old order.
  mutating func renew(as producer: ProducerID) {
    let entries = window.all
    self.producer = producer
    window = SequenceWindow()
    for (_, entry) in entries {
      _ = window.append(
        Entry(
          parcel: entry.parcel, ticket: entry.ticket, wasAccepted: entry.wasAccepted, expiry: entry.expiry,
          segment: entry.segment))
    }
    cursor = 1
    deferred = []
    lastWelcome = nil
    mayHaveTwin = false
    (toldAboveBase, toldBeforeHello) = ([], [])
    keepRenewal(entries.map(\.sequence))
  }
}
