import TestSupport
import Testing

@testable import PostgresClient

@Suite struct PostgresTimeTests {
  /// Microseconds from 1970 to 2000.
  private static let epoch: Int64 = 946_684_800_000_000
  private static let finite: [Int64] = [0, -1, epoch, .max, .min + epoch + 1]
  private static let infinite: [Int64] = [.min, .min + 1, .min + epoch]

  @Test(arguments: finite) func countsFromTheYear2000(_ time: Int64) {
    #expect(PostgresTime.nearest(time) == time - Self.epoch)
    #expect(PostgresTime.finite(time) == time - Self.epoch)
    #expect(PostgresTime.sinceUnixEpoch(time - Self.epoch) == time)
  }

  @Test(arguments: infinite) func isOnlyInfiniteWhereItMayBe(_ time: Int64) {
    #expect(PostgresTime.nearest(time) == .min)
    #expect(PostgresTime.finite(time) == .min + 1)
  }

  /// The server reads the lowest time as `-infinity`, which `finiteTimes` rejects.
  @Test func knowsTheInfinity() async throws {
    try await withConnection { connection in
      let answer = try connection.query("SELECT $1[1]::text, $1[2]::text", [.times([.min, Self.epoch])])
      #expect(answer.string(0, 0) == "-infinity")
      #expect(answer.string(0, 1) == "2000-01-01 00:00:00+00")
      let error = #expect(throws: PostgresError.self) {
        _ = try connection.query("SELECT $1", [.finiteTimes([.min])])
      }
      #expect(error?.state == "22008")
    }
  }
}
