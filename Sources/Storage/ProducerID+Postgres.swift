internal import PostgresClient
internal import WireProtocol

extension PostgresUUID {
  /// The UUID of a producer.
  init(_ producer: ProducerID) {
    self.init(high: producer.high, low: producer.low)
  }
}

extension PostgresParameter {
  /// `uuid`.
  static func uuid(_ value: ProducerID) -> PostgresParameter { uuid(PostgresUUID(value)) }

  /// `uuid[]`.
  static func uuids(_ values: some Sequence<ProducerID>) -> PostgresParameter {
    uuids(values.map { PostgresUUID($0) })
  }
}

extension PostgresResult {
  /// The producer whose UUID the field holds; nil for NULL.
  func producer(_ row: Int, _ column: Int) -> ProducerID? {
    uuid(row, column).map { ProducerID(high: $0.high, low: $0.low) }
  }
}
