/// The type of `events.payload`, chosen when the schema is made.
public enum PayloadType: String, Hashable, Sendable, CaseIterable {
  /// The bytes come back as they were sent.
  case json
  /// Indexable, and stored parsed: the text form changes.
  case jsonb
}

/// Which index answers queries by topic and time, at what price for ingest (`docs/operations.md`).
public enum EventIndex: String, Hashable, Sendable, CaseIterable {
  /// A sparse index of how far each group's topics reach in time: queries are quick, ingest a few percent
  /// slower; with tens of thousands of topics at a time the B-tree is the better choice.
  case spans
  /// A B-tree on (topic, ts): every query is quick, ingest is about a third slower.
  case btree
  /// No index but the primary key and the BRIN ones: ingest is fastest, a rare topic is slow to find.
  case none
}

/// What an operator chooses about the schema.
public struct SchemaOptions: Hashable, Sendable {
  /// The type of `events.payload` in a schema that is still to be made; an existing one keeps its own.
  public var payloadType: PayloadType
  /// The index for queries by topic and time; made or dropped when the program starts.
  public var eventIndex: EventIndex

  /// `json`, and the index of spans, unless told otherwise.
  public init(payloadType: PayloadType = .json, eventIndex: EventIndex = .spans) {
    self.payloadType = payloadType
    self.eventIndex = eventIndex
  }
}
