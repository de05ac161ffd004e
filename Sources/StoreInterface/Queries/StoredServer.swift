public import WireProtocol

/// The description of a server in the table of servers of its database.
public struct ServerDescription: Hashable, Sendable {
  /// Name of the machine.
  public let name: String
  /// Host and port of the ingest listener, as the machine names its host.
  public let address: String
  /// Version of the program.
  public let version: String

  /// Creates a description.
  public init(name: String, address: String, version: String) {
    self.name = name
    self.address = address
    self.version = version
  }
}

/// A server of the database, as the store knows it.
public struct StoredServer: Hashable, Sendable {
  /// Random number of the server's process.
  public let id: ProducerID
  /// Name, address and version of the server.
  public let description: ServerDescription
  /// When the process started, in microseconds since 1970.
  public let startedAt: Int64
  /// The last sign of life, in microseconds since 1970.
  public let seenAt: Int64
  /// Whether the last sign of life is at most 30 s old.
  public let isAlive: Bool
  /// Whether the server does maintenance at this moment.
  public let doesMaintenance: Bool

  /// Creates a row of the list.
  public init(
    id: ProducerID, description: ServerDescription, startedAt: Int64, seenAt: Int64, isAlive: Bool,
    doesMaintenance: Bool
  ) {
    self.id = id
    self.description = description
    self.startedAt = startedAt
    self.seenAt = seenAt
    self.isAlive = isAlive
    self.doesMaintenance = doesMaintenance
  }
}
