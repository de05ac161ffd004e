public import StoreInterface

/// One step from a version of the schema to the next. A released step is never changed; the next step
/// corrects a mistake.
///
/// A step only adds: tables, indexes, columns that are nullable or have a default. Servers of the version
/// before use the same database until they are replaced, and would fail without a table or column that they
/// know. A column is dropped one release after the first program that does not name it.
struct Migration: Sendable {
  /// Position in the order, from 1 without gaps.
  let number: Int
  /// Description of the step, for `schema_migrations`.
  let name: String
  /// Statements, run in one transaction with the schema in `search_path`.
  let sql: @Sendable (SchemaOptions) -> String

  /// Every step, ascending.
  static let all: [Migration] = [
    Migration(number: 1, name: "events, ledger, counters") { initialSchema($0) },
    Migration(number: 2, name: "pruning and retention") { _ in retention },
    Migration(number: 3, name: "index of spans") { _ in spans },
    Migration(number: 4, name: "packed spans") { _ in packedSpans },
    Migration(number: 5, name: "dead events that may return") { _ in deadEventReturns },
    Migration(number: 6, name: "the producer of the forgotten") { _ in forgottenProducer },
    Migration(number: 7, name: "vacuum of counters") { _ in countersVacuum },
    Migration(number: 8, name: "leases") { _ in leases },
    Migration(number: 9, name: "servers") { _ in servers },
    Migration(number: 10, name: "one index of block ranges") { _ in oneBlockRangeIndex },
    Migration(number: 11, name: "dead events that were published again") { _ in republishing },
    Migration(number: 12, name: "buckets of topics") { _ in bucketsOfTopics },
    Migration(number: 13, name: "tables of Citus") { _ in citusTables },
  ]
}

/// Choices of an operator about the schema.
public struct SchemaOptions: Hashable, Sendable {
  /// Type of `events.payload` in a new schema. An existing schema keeps its own type.
  public var payloadType: PayloadType
  /// Index for queries by topic and time. It is made, and another one dropped, when the program starts.
  public var eventIndex: EventIndex

  /// Creates options; the defaults are `json` and the index of spans.
  public init(payloadType: PayloadType = .json, eventIndex: EventIndex = .spans) {
    self.payloadType = payloadType
    self.eventIndex = eventIndex
  }
}
