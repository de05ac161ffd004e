public import WireProtocol

/// A selection of producers and their order.
public struct ProducerQuery: Hashable, Sendable {
  /// The orders of producers. Producers of one rank are ordered by name, byte by byte, and identity.
  public enum Order: String, Hashable, Sendable, CaseIterable {
    /// By name.
    case name
    /// Those that were seen last first.
    case seen
    /// Those that sent the most events first.
    case received
  }

  /// A selection of names.
  public enum Names: Hashable, Sendable {
    /// All names.
    case all
    /// One name.
    case one(String)
    /// Names with this prefix.
    case prefix(String)
  }

  /// The order.
  public var order: Order
  /// The producers that are selected; nil for all.
  public var only: Set<ProducerID>?
  /// The producers that are left out.
  public var without: Set<ProducerID> = []
  /// Selects only producers with a name of these.
  public var names = Names.all
  /// Selects only producers whose name or UUID has this text. ASCII letters match in both cases.
  public var text: String?
  /// Selects only producers after this one, in the order of the query.
  public var after: ProducerPlace?
  /// The most producers of a page.
  public var limit: Int

  /// Creates a query for the first `limit` producers.
  public init(order: Order = .name, after: ProducerPlace? = nil, limit: Int) {
    precondition(limit >= 1, "a page has a producer")
    self.order = order
    self.after = after
    self.limit = limit
  }

  /// Returns the position of `producer` in the order of the query.
  public func place(of producer: StoredProducer) -> ProducerPlace {
    // The complement turns the order round without an overflow.
    let rank: Int64 =
      switch order {
      case .name: 0
      case .seen: ~producer.seenAt
      case .received: ~producer.counts.received
      }
    return ProducerPlace(rank: rank, name: producer.name, producer: producer.producer)
  }
}

/// A page of producers.
public struct ProducerList: Hashable, Sendable {
  /// The producers of the page.
  public let producers: [StoredProducer]
  /// Number of all producers that the query selects, on all pages.
  public let count: Int

  /// Creates a page.
  public init(producers: [StoredProducer], count: Int) {
    self.producers = producers
    self.count = count
  }
}
