public import Ingest

/// What a writer does with the events of a group before the database gets them, step by step.
///
/// `GroupTransaction` without the database.
public struct GroupStages: ~Copyable {
  private var encoder = CopyEncoder(payloadType: .json)

  /// An encoder with its buffer, used again as a writer's is.
  public init() {}

  /// The rows of `batches` in the order of their keys, each key once.
  public static func order(_ batches: [IngestBatch]) -> OrderedRows {
    let parts = batches.enumerated().map { index, batch in
      CopyRows.Part(member: index, batchID: Int64(index), of: GroupMember(batch))
    }
    return OrderedRows(rows: CopyRows(parts: parts))
  }

  /// Encodes rows for COPY.
  /// - Returns: The number of bytes.
  public mutating func encode(_ ordered: OrderedRows) -> Int {
    var count = 0
    ordered.rows.encode(with: &encoder) { (bytes: UnsafeRawBufferPointer) in count += bytes.count }
    return count
  }

  /// Rows that are ready to be encoded.
  public struct OrderedRows {
    let rows: CopyRows

    /// How many batches they come from.
    public var count: Int { rows.parts.count }
  }
}
