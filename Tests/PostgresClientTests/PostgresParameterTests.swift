import TestSupport
import Testing

@testable import PostgresClient

/// Each value goes to the server in its binary form and comes back as the server's own text.
@Suite struct PostgresParameterTests {
  private static let uuid = PostgresUUID(high: 0x0123_4567_89AB_4DEF, low: 0x8123_4567_89AB_CDEF)

  private static let values: [(PostgresParameter, String, String?)] = [
    (.bigint(.min), "bigint", "-9223372036854775808"),
    (.int(-7), "int", "-7"),
    (.bool(true), "bool", "true"),
    (.text("ü\n'"), "text", "ü\n'"),
    (.text(""), "text", ""),
    (.bytes([0, 255]), "bytea", "\\x00ff"),
    (.uuid(uuid), "uuid", "01234567-89ab-4def-8123-456789abcdef"),
    (.literal("2026-01-02"), "date", "2026-01-02"),
    (.null, "int", nil),
    (.bigints([]), "bigint[]", "{}"),
    (.bigints([1, -2]), "bigint[]", "{1,-2}"),
    (.bigints([1, nil]), "bigint[]", "{1,NULL}"),
    (.ints([3]), "int[]", "{3}"),
    (.uuids([uuid]), "uuid[]", "{01234567-89ab-4def-8123-456789abcdef}"),
    (.texts(["a", nil, ""]), "text[]", "{a,NULL,\"\"}"),
    (.byteStrings([[1], nil]), "bytea[]", "{\"\\\\x01\",NULL}"),
  ]

  @Test(arguments: values.indices)
  func arrivesAsMeant(_ index: Int) async throws {
    let (value, type, expected) = Self.values[index]
    try await withConnection { connection in
      let answer = try connection.query("SELECT ($1::\(type))::text", [value])
      #expect(answer.string(0, 0) == expected)
    }
  }

  @Test func keepsParametersOfOneStatementApart() async throws {
    try await withConnection { connection in
      let answer = try connection.query(
        "SELECT $1::text, $2::text, $3::bigint, $4::text", [.text(""), .null, .bigint(5), .text("z")])
      #expect(answer.string(0, 0) == "")
      #expect(answer.isNull(0, 1))
      #expect(answer.integer(0, 2) == 5)
      #expect(answer.string(0, 3) == "z")
    }
  }

  @Test func readsTheSameFromTextAndFromBinary() async throws {
    try await withConnection { connection in
      let sql =
        "SELECT 5::smallint, -6::int, 7::bigint, true, '01234567-89ab-4def-8123-456789abcdef'::uuid, NULL::int, '8'::xid8"
      let text = try connection.execute(sql)[0]
      let binary = try connection.query(sql)
      for answer in [text, binary] {
        #expect([0, 1, 2, 5, 6].map { answer.integer(0, $0) } == [5, -6, 7, nil, 8])
        #expect(answer.isTrue(0, 3))
        #expect(answer.uuid(0, 4) == Self.uuid)
      }
    }
  }
}
