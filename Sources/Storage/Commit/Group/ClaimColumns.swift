internal import Ingest
internal import PostgresClient
internal import WireProtocol

/// The array arguments of `PreparedStatements.claim`, with an element for each batch of a group.
struct ClaimColumns {
  private let columns: [ArrayColumn]

  /// The columns of `members`. `unique` has the number of events that each member will store.
  init(_ members: [GroupMember], unique: [Int32]) {
    precondition(members.count <= GroupStatements.batchesInGroup, "more batches than a group can number")
    precondition(members.count == unique.count, "a count for each batch")
    let batches = members.map(\.batch)
    columns = [
      .ints(members.indices.map { Int32($0) }), .uuids(batches.map(\.key.producer)),
      .bigints(batches.map(\.key.sequenceNumber)), .bigints(batches.map { Int64(clamping: $0.base) }),
      .bigints(batches.map { Int64(bitPattern: $0.digest) }), .ints(batches.map { Int32($0.received) }),
      .ints(unique), .ints(members.map { Int32($0.dead.count) }),
    ]
  }

  /// The types of the columns.
  static let types = "int[], uuid[], bigint[], bigint[], bigint[], int[], int[], int[]"

  /// The columns as the arguments of an `EXECUTE`.
  var literals: String { columns.map(\.literal).joined(separator: ", ") }

  /// The columns as the values of `$1` to `$8`.
  var parameters: [PostgresParameter] { columns.map(\.parameter) }
}

/// An array of numbers or UUIDs, in both forms that a statement accepts.
enum ArrayColumn {
  /// `int[]`.
  case ints([Int32])
  /// `bigint[]`.
  case bigints([Int64])
  /// `uuid[]`.
  case uuids([ProducerID])

  /// The array as a literal, for a statement without parameters. No element contains a quote or a comma.
  var literal: String {
    switch self {
    case .ints(let values): Self.literal(values)
    case .bigints(let values): Self.literal(values)
    case .uuids(let values): Self.literal(values)
    }
  }

  /// The array as a parameter in binary form.
  var parameter: PostgresParameter {
    switch self {
    case .ints(let values): .ints(values)
    case .bigints(let values): .bigints(values)
    case .uuids(let values): .uuids(values)
    }
  }

  private static func literal(_ values: [some CustomStringConvertible]) -> String {
    "'{\(values.map(\.description).joined(separator: ","))}'"
  }
}
