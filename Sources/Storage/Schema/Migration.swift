/// One step from a version of the schema to the next. Never changed once released: a mistake is
/// mended by the next step.
struct Migration: Sendable {
  /// Its place in the order, from 1 without gaps.
  let number: Int
  /// What it does, for `schema_migrations`.
  let name: String
  /// The statements, run in one transaction with the schema in `search_path`.
  let sql: @Sendable (SchemaOptions) -> String

  /// Every step, ascending.
  static let all: [Migration] = [
    Migration(number: 1, name: "events, ledger, counters") { initialSchema($0) },
    Migration(number: 2, name: "pruning and retention") { _ in retention },
    Migration(number: 3, name: "index of spans") { _ in spans },
    Migration(number: 4, name: "packed spans") { _ in packedSpans },
  ]
}
