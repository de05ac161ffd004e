import FoundationEssentials
import Ingest
import Testing

@testable import PostgresClient
@testable import Storage

/// Compares `spec/schema.md` with the database.
@Suite struct SchemaDocumentTests {
  /// A column, as the document or the database describes it.
  private struct Column: Hashable, CustomStringConvertible {
    let table: String
    let name: String
    let type: String
    let isNullable: Bool

    var description: String { "\(table).\(name) \(type)\(isNullable ? "" : " not null")" }
  }

  private func document() throws -> String {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    return try String(contentsOf: root.appending(path: "spec/schema.md"), encoding: .utf8)
  }

  /// Returns the table rows of four cells below each heading.
  private func documentedColumns() throws -> [Column] {
    var columns: [Column] = []
    var table = ""
    for line in try document().split(separator: "\n") {
      if line.hasPrefix("## ") { table = String(line.dropFirst(3)) }
      let cells = line.split(separator: "|").map { $0.trimming(while: { $0 == " " }) }
      guard line.hasPrefix("|"), cells.count == 4, cells[0] != "column", !cells[0].hasPrefix("---") else {
        continue
      }
      columns.append(Column(table: table, name: cells[0], type: cells[1], isNullable: cells[2] == "yes"))
    }
    return columns
  }

  @Test func namesEveryColumnInOrder() async throws {
    let documented = try documentedColumns()
    try await withMigratedConnection { connection in
      let rows = try connection.query(
        """
        SELECT table_name::text, column_name::text, is_nullable = 'YES',
          CASE data_type WHEN 'timestamp with time zone' THEN 'timestamptz' WHEN 'integer' THEN 'int'
            WHEN 'ARRAY' THEN CASE udt_name WHEN '_int8' THEN 'bigint[]' ELSE substr(udt_name, 2) || '[]' END
            ELSE data_type::text END
        FROM information_schema.columns WHERE table_schema = 'sluice' ORDER BY ordinal_position
        """)
      let actual = (0..<rows.rowCount).map { row in
        Column(
          table: rows.string(row, 0) ?? "", name: rows.string(row, 1) ?? "", type: rows.string(row, 3) ?? "",
          isNullable: rows.isTrue(row, 2))
      }
      for table in Set(actual.map(\.table)).union(documented.map(\.table)) {
        #expect(documented.filter { $0.table == table } == actual.filter { $0.table == table })
      }
    }
  }

  @Test(arguments: DeadReason.allCases)
  func namesEveryReason(_ reason: DeadReason) throws {
    #expect(try document().contains("`\(reason.rawValue)`"))
  }

  @Test func namesTheNumberOfShardsAndTheBytesKept() throws {
    let document = try document()
    #expect(document.contains("there are \(Migration.counterShards),"))
    #expect(document.contains("first 8,192 bytes") && DeadEventRows.keptBytes == 8_192)
  }
}

extension Substring {
  /// Returns the text without the characters at both ends for which `isBlank` is true.
  fileprivate func trimming(while isBlank: (Character) -> Bool) -> String {
    String(String(drop(while: isBlank).reversed().drop(while: isBlank)).reversed())
  }
}
