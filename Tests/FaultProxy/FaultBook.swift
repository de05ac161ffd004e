import Synchronization

/// The faults of a proxy that have not happened yet: faults of one connection, and faults of the first
/// connection that reaches their moment.
final class FaultBook: Sendable {
  private struct Entry {
    let armed: ArmedFault
    /// The number of the fault's connection; nil for any connection.
    let connection: Int?
    /// The number of bytes or messages until the moment.
    var left: Int

    init(_ armed: ArmedFault, _ connection: Int?) {
      self.armed = armed
      self.connection = connection
      left =
        switch armed.fault.moment {
        case .afterBytes(let count): count
        case .before(_, let nth), .after(_, let nth): nth
        }
    }

    func isFor(_ connection: Int, _ direction: Fault.Direction) -> Bool {
      armed.fault.direction == direction && (self.connection ?? connection) == connection
    }
  }

  /// The position of a connection in its stream.
  enum Place {
    /// This number of additional bytes was forwarded.
    case passed(Int)
    /// This message is about to be forwarded.
    case before(ProxiedMessage)
    /// This message was forwarded.
    case after(ProxiedMessage)
  }

  private let entries = Mutex<[Entry]>([])

  func add(_ fault: Fault, connection: Int?) -> ArmedFault {
    let armed = ArmedFault(fault)
    entries.withLock { $0.append(Entry(armed, connection)) }
    return armed
  }

  /// Removes the faults of a connection that has ended.
  func forget(connection: Int) {
    entries.withLock { $0.removeAll { $0.connection == connection } }
  }

  /// Returns the number of bytes that this connection may forward before a fault may be due.
  func bytesUntilNext(_ connection: Int, _ direction: Fault.Direction) -> Int {
    entries.withLock { entries in
      entries.reduce(Int.max) { least, entry in
        guard case .afterBytes = entry.armed.fault.moment, entry.isFor(connection, direction) else {
          return least
        }
        return min(least, entry.left)
      }
    }
  }

  /// Removes the faults that were armed for any connection.
  func disarm() {
    entries.withLock { $0.removeAll { $0.connection == nil } }
  }

  /// Advances the counts of the faults to `place`, and removes and returns the faults that are due.
  ///
  /// Nothing is forwarded after a cut, so faults that were armed later than a due cut do not count this
  /// place.
  func advance(_ connection: Int, _ direction: Fault.Direction, to place: Place) -> [Fault.Action] {
    entries.withLock { entries in
      var due: [ArmedFault] = []
      for index in entries.indices where entries[index].isFor(connection, direction) {
        let armed = entries[index].armed
        guard let steps = Self.steps(of: armed.fault.moment, at: place) else { continue }
        entries[index].left -= steps
        guard entries[index].left <= 0 else { continue }
        due.append(armed)
        if case .cut = armed.fault.action { break }
      }
      entries.removeAll { entry in due.contains { $0 === entry.armed } }
      for armed in due { armed.happens() }
      return due.map(\.fault.action)
    }
  }

  /// Returns the steps by which a place brings a moment closer; nil when the moment counts another kind of
  /// place.
  private static func steps(of moment: Fault.Moment, at place: Place) -> Int? {
    switch (moment, place) {
    case (.afterBytes, .passed(let bytes)): bytes
    case (.before(let pattern, _), .before(let message)): pattern.matches(message) ? 1 : nil
    case (.after(let pattern, _), .after(let message)): pattern.matches(message) ? 1 : nil
    default: nil
    }
  }
}
