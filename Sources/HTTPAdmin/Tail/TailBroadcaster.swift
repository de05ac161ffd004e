import Ingest
internal import StoreInterface

/// Executes the actions of `TailMachine` in one task, which runs while there are subscribers.
actor TailBroadcaster {
  private let tail: any EventTail
  private let settings: TailSettings
  private var machine: TailMachine
  private var subscribers: [TailMachine.Member: TailSubscriber] = [:]
  private var lastMember: TailMachine.Member = 0
  private var loop: Task<Void, Never>?
  private var isClosed = false

  init(_ tail: any EventTail, _ settings: TailSettings) {
    self.tail = tail
    self.settings = settings
    self.machine = TailMachine(oldest: settings.oldest)
  }

  /// Adds a subscriber. It first receives its starting position, then all events committed after it.
  func subscribe(_ filter: EventFilter) -> (member: TailMachine.Member, subscriber: TailSubscriber) {
    lastMember += 1
    let subscriber = TailSubscriber(limit: settings.bufferBytes)
    guard !isClosed else {
      subscriber.end(.shuttingDown)
      return (lastMember, subscriber)
    }
    subscribers[lastMember] = subscriber
    machine.subscribe(lastMember, filter)
    loop = loop ?? Task { await run() }
    return (lastMember, subscriber)
  }

  /// Removes a subscriber that ended its subscription.
  func leave(_ member: TailMachine.Member) {
    subscribers[member] = nil
    machine.leave(member)
  }

  /// Ends all subscriptions, and every later one at once.
  func close() {
    isClosed = true
    drop(Array(subscribers.keys), .shuttingDown)
    loop?.cancel()
  }

  private func run() async {
    while true {
      let action = machine.next()
      switch action {
      case .rest:
        loop = nil
        return
      case .pause:
        // The sleep ends early only when the broadcaster is closed; then there are no subscribers.
        try? await Task.sleep(for: settings.poll)
        machine.pauseEnded()
      case .reached(let position, let members):
        for member in members { subscribers[member]?.reach(position) }
      case .look, .batches, .events:
        await ask(action)
      }
    }
  }

  private func ask(_ action: TailMachine.Action) async {
    do throws(QueryError) {
      switch action {
      case .look: apply(try await tail.tailPosition())
      case .batches(let window, let from):
        machine.received(
          try await tail.tailBatches(in: window, from: from, limit: TailReading.batchLimit))
      case .events(let page): await handOut(try await tail.tailEvents(page))
      case .rest, .pause, .reached: break
      }
    } catch {
      machine.failed()
    }
  }

  private func apply(_ position: TailPosition) {
    let look = machine.looked(position)
    for member in look.joined { subscribers[member]?.begin(position) }
    if let ending = look.ending { drop(look.ended, ending) }
  }

  private func handOut(_ answer: TailEvents) async {
    guard let window = machine.window else { return }
    // One for all, so that several slow subscribers delay the others no longer than one does.
    let deadline = ContinuousClock.now + settings.timeout
    var slow: [TailMachine.Member] = []
    for (member, events) in machine.received(answer) {
      let piece = TailBuffer.Piece(window: window, events: events)
      let isTaken = await subscribers[member]?.add(piece, until: deadline)
      if isTaken == false { slow.append(member) }
    }
    drop(slow, .tooSlow)
  }

  private func drop(_ members: [TailMachine.Member], _ ending: TailEnding) {
    for member in members {
      subscribers.removeValue(forKey: member)?.end(ending)
      machine.leave(member)
    }
  }
}
