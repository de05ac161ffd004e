internal import Ingest
internal import Logging
internal import StoreInterface
internal import Synchronization
internal import WireProtocol

/// Counts the databases that answered at the store's address, one after the other (`StoreIncarnation`).
///
/// Every new connection that commits or registers reports its database here. A connection belongs to the
/// incarnation that it found for as long as it lives, because another database needs another connection.
final class Incarnations: Sendable {
  private struct State {
    var current = StoreIncarnation(0)
    var identity: StoreIdentity?
  }

  private let state = Mutex(State())
  private let logger: Logger

  init(logger: Logger) {
    self.logger = logger
  }

  /// The newest incarnation; 0 before the first connection.
  var current: StoreIncarnation { state.withLock { $0.current } }

  /// Records that a new connection found a database with this identity.
  /// - Returns: Its incarnation, which is a new one if `identity` is not the newest one.
  func found(_ identity: StoreIdentity) -> StoreIncarnation {
    let (incarnation, former) = state.withLock { state in
      let former = state.identity
      if former != identity {
        state.identity = identity
        state.current = StoreIncarnation(state.current.number + 1)
      }
      assert(state.current.number > 0 && state.identity == identity, "a database was found")
      return (state.current, former)
    }
    if let former, former != identity { announce(identity, after: former) }
    return incarnation
  }

  private func announce(_ identity: StoreIdentity, after former: StoreIdentity) {
    var changes: [String] = []
    if identity.lineage != former.lineage {
      changes.append("lineage \(former.lineage.text) -> \(identity.lineage.text)")
    } else if identity.startedAt != former.startedAt {
      changes.append("the server was restarted")
    } else if identity.tables != former.tables {
      changes.append("the tables were replaced")
    } else if identity.isDistributed != former.isDistributed {
      changes.append("the table events was moved")
    }
    if identity.durability != former.durability {
      changes.append("durability \(former.durability.text) -> \(identity.durability.text)")
    }
    logger.log(
      .warning, "the database changed; producers connect again and compare what it holds",
      [.change: "\(changes.joined(separator: "; "))"])
  }
}

extension Lineage {
  fileprivate var text: String { "system \(system), timeline \(timeline), store \(store)" }
}

extension Durability {
  fileprivate var text: String {
    "synchronous_commit \(synchronousCommit.setting), fsync \(fsync ? "on" : "off")"
  }
}
