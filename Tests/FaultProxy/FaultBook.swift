import Synchronization

/// The faults of a proxy that have not happened yet, those of one connection and those of whichever
/// connection comes to them first.
final class FaultBook: Sendable {
  private struct Entry {
    let armed: ArmedFault
    /// The connection that it is meant for; nil for any.
    let connection: Int?
    /// Bytes or messages until its moment.
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

  /// Where a connection is in its stream.
  enum Place {
    /// So many more bytes were passed on.
    case passed(Int)
    /// This message is about to be passed on.
    case before(ProxiedMessage)
    /// This message was passed on.
    case after(ProxiedMessage)
  }

  private let entries = Mutex<[Entry]>([])

  func add(_ fault: Fault, connection: Int?) -> ArmedFault {
    let armed = ArmedFault(fault)
    entries.withLock { $0.append(Entry(armed, connection)) }
    return armed
  }

  /// Forgets the faults of a connection that is over.
  func forget(connection: Int) {
    entries.withLock { $0.removeAll { $0.connection == connection } }
  }

  /// How many bytes this connection may pass on before a fault may be due.
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

  /// Forgets the faults that were armed for any connection.
  func disarm() {
    entries.withLock { $0.removeAll { $0.connection == nil } }
  }

  /// Counts, and takes out what is due.
  ///
  /// What is cut is gone: faults armed later than the cut do not count the place.
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

  /// How much nearer a place brings a moment; nil when it is of another sort.
  private static func steps(of moment: Fault.Moment, at place: Place) -> Int? {
    switch (moment, place) {
    case (.afterBytes, .passed(let bytes)): bytes
    case (.before(let pattern, _), .before(let message)): pattern.matches(message) ? 1 : nil
    case (.after(let pattern, _), .after(let message)): pattern.matches(message) ? 1 : nil
    default: nil
    }
  }
}
