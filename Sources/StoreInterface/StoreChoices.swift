// The choices of an operator about the store (`spec/configuration.md`). Raw values are the words of the configuration.

/// The operator's choice among the strategies that write a group of batches.
public enum CommitStrategySetting: String, Hashable, Sendable, CaseIterable {
  /// Each writer chooses by its latest groups.
  case auto
  /// COPY into the table itself. A group that meets a stored key runs again with a safer strategy.
  case directCopy
  /// Look up which keys are stored, then COPY the others into the table.
  case lookupThenCopy
  /// COPY into a temporary table, then INSERT ... ON CONFLICT DO NOTHING. Never runs again because of a stored key.
  case stagedInsert
}

/// The isolation of a writer's transactions
/// (https://www.postgresql.org/docs/current/transaction-iso.html).
public enum TransactionIsolation: String, Hashable, Sendable, CaseIterable {
  /// Enough, because the unique index decides which event is a duplicate.
  case readCommitted = "read-committed"
  /// Groups in conflict fail and run again, which costs throughput.
  case serializable
}

/// The column type of payloads, fixed when the schema is made
/// (https://www.postgresql.org/docs/current/datatype-json.html).
public enum PayloadType: String, Hashable, Sendable, CaseIterable {
  /// Payloads come back byte for byte.
  case json
  /// Payloads are stored parsed, so that Postgres can index and search them. Writing is slower, and their text changes.
  case jsonb
}

/// The tables that the extension Citus distributes over its workers (`docs/scale.md`).
public enum CitusTables: String, Hashable, Sendable, CaseIterable {
  /// None.
  case off
  /// The table `events`. All others stay on the coordinator.
  case events
}

/// The index that answers queries by topic and time (`docs/operations.md`).
public enum EventIndex: String, Hashable, Sendable, CaseIterable {
  /// A sparse index of the time range of each topic in each transaction. Queries are quick, and ingest is a few percent
  /// slower. With tens of thousands of topics at a time the B-tree is the better choice.
  case spans
  /// A B-tree on (topic, ts). Every query is quick, and ingest is about a third slower.
  case btree
  /// No index but the primary key and the BRIN indexes. Ingest is fastest, and a rare topic is slow to find.
  case none
}
