import SocketIO
import Synchronization
import WireProtocol

/// The connections of a server that have not proved a key yet, in the order in which they came.
///
/// They are bounded in all and for each address, on all loops together. A connection beyond a bound takes the
/// place of the oldest one, so that somebody who sends nothing cannot keep others out.
final class UnauthenticatedConnections: Sendable {
  private struct Entry: Sendable {
    let id: ObjectIdentifier
    let network: SocketAddress.Network?
    let connection: LoopBound<IngestConnection>
  }

  private let bound: Int
  private let boundOfAddress: Int
  /// Oldest first. The bound is small, so a search costs little.
  private let entries = Mutex<[Entry]>([])

  /// - Parameters:
  ///   - bound: the most connections.
  ///   - boundOfAddress: the most connections of one address.
  init(bound: Int, boundOfAddress: Int) {
    precondition(bound >= 1 && boundOfAddress >= 1, "without such connections nobody can log in")
    self.bound = bound
    self.boundOfAddress = boundOfAddress
  }

  /// Enters a new connection. When this exceeds a bound, the oldest connection ends on its loop.
  func insert(_ connection: IngestConnection) {
    let loopBound = connection.this
    let entry = Entry(
      id: ObjectIdentifier(connection), network: connection.transport.peer?.network, connection: loopBound)
    let oldest = entries.withLock { entries in
      entries.append(entry)
      return takeOldest(beyondBoundsOf: entry.network, from: &entries)
    }
    guard let oldest else { return }
    oldest.connection.loop.run {
      oldest.connection.value.end(.evicted(.tooManyLogins, delay: .seconds(1)), at: .now)
    }
  }

  /// Removes a connection that has proved its key, or has ended. Without effect on others.
  func remove(_ connection: IngestConnection) {
    let id = ObjectIdentifier(connection)
    entries.withLock { $0.removeAll { $0.id == id } }
  }

  private func takeOldest(beyondBoundsOf network: SocketAddress.Network?, from entries: inout [Entry])
    -> Entry?
  {
    let ofAddress = entries.indices.filter { entries[$0].network == network }
    if network != nil, ofAddress.count > boundOfAddress { return entries.remove(at: ofAddress[0]) }
    return entries.count > bound ? entries.removeFirst() : nil
  }
}

extension WireError {
  static var tooManyLogins: WireError {
    WireError(
      .tooManyConnections,
      "too many connections have not proved a key yet; connect again and send AUTH sooner")
  }
}
