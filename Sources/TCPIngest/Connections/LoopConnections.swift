import SocketIO

/// The connections of one loop.
///
/// To make room for a new connection, the server ends the oldest one that has delivered no batch. So the
/// connections of each address are also kept in the order in which they came.
final class LoopConnections {
  /// Numbers of connections, oldest first. Connections that closed or delivered since are skipped.
  private struct ArrivalOrder {
    var numbers: [UInt64] = []
    var head = 0
  }

  private var connections: [ObjectIdentifier: IngestConnection] = [:]
  private var numbers: [ObjectIdentifier: UInt64] = [:]
  /// Connections that had delivered no batch when they were last looked at.
  private var undelivered: [UInt64: IngestConnection] = [:]
  private var arrivals: [SocketAddress.Network?: ArrivalOrder] = [:]
  /// Numbers in all of `arrivals`, used ones included.
  private var arrivalCount = 0
  private var lastNumber: UInt64 = 0

  func insert(_ connection: IngestConnection) {
    let id = ObjectIdentifier(connection)
    precondition(connections[id] == nil, "a connection was inserted twice")
    connections[id] = connection
    lastNumber += 1
    numbers[id] = lastNumber
    undelivered[lastNumber] = connection
    arrivals[connection.transport.peer?.network, default: ArrivalOrder()].numbers.append(lastNumber)
    arrivalCount += 1
    if arrivalCount > 2 * undelivered.count + 1_024 { compact() }
  }

  func remove(_ connection: IngestConnection) {
    let id = ObjectIdentifier(connection)
    connections[id] = nil
    if let number = numbers.removeValue(forKey: id) { undelivered[number] = nil }
  }

  /// A copy, because a connection that ends removes itself.
  var all: [IngestConnection] { Array(connections.values) }

  /// Takes the oldest connection that has delivered no batch: of `network` first, then, with `orOfAny`, of any
  /// other. It is not returned again.
  func takeOldestUndelivered(
    of network: SocketAddress.Network?, orOfAny: Bool, except newcomer: IngestConnection
  ) -> IngestConnection? {
    if let found = takeOldest(of: network, except: newcomer) { return found }
    guard orOfAny else { return nil }
    for other in Array(arrivals.keys) where other != network {
      if let found = takeOldest(of: other, except: newcomer) { return found }
    }
    return nil
  }

  private func takeOldest(of network: SocketAddress.Network?, except newcomer: IngestConnection)
    -> IngestConnection?
  {
    while let order = arrivals[network], order.head < order.numbers.count {
      let number = order.numbers[order.head]
      let connection = undelivered[number]
      // The newcomer is the last one of its address.
      if connection === newcomer { return nil }
      arrivals[network]?.head += 1
      guard let connection else { continue }
      undelivered[number] = nil
      if connection.isOpen, !connection.hasDelivered { return connection }
    }
    arrivals[network] = nil
    return nil
  }

  private func compact() {
    for (network, order) in arrivals {
      let rest = order.numbers[order.head...].filter { number in
        guard let connection = undelivered[number] else { return false }
        guard connection.hasDelivered else { return true }
        undelivered[number] = nil
        return false
      }
      arrivals[network] = rest.isEmpty ? nil : ArrivalOrder(numbers: rest)
    }
    arrivalCount = undelivered.count
  }

  /// Ends connections that hold memory and make no use of it, the slowest first, while others wait for memory.
  func endSlowest(at now: ContinuousClock.Instant, while isContended: () -> Bool) {
    guard isContended() else { return }
    let slow = connections.values.filter { $0.isIdle(at: now) }.sorted { $0.gain < $1.gain }
    for connection in slow {
      guard isContended() else { return }
      connection.end(.failed(.tooSlow(gain: connection.gain)), at: now)
    }
  }
}
