import Foundation
import TestSupport
import Testing

/// The fields of the result of `sluice-publish --json` that these tests check.
struct PublishResult: Decodable {
  let eventsSent: Int
  /// The number of distinct keys; absent when the events came from a file.
  let uniqueExpected: Int?
  let committed: Int
  let unique: Int
  let duplicates: Int
  let dead: Int
  let reconnects: Int
  let unknownBatches: Int
}

/// Runs `sluice-publish` against `port` to its end.
/// - Returns: The exit, and the result if the program wrote a result.
func publish(
  to port: Int, _ arguments: [String]
) async throws -> (exit: Program.Exit, result: PublishResult?, errors: String) {
  let all = ["--port", "\(port)", "--json"] + arguments
  return try await Program.run("sluice-publish", arguments: all) { program in
    let exit = try await program.exit()
    let result = try? JSONDecoder.snakeCase.decode(
      PublishResult.self, from: Data(program.standardOutput.utf8))
    return (exit, result, program.standardError)
  }
}

/// The sums of the conservation law, read from the tables only.
struct StoredSums: Equatable {
  let received: Int
  let unique: Int
  let duplicate: Int
  let dead: Int
  let rows: Int

  /// - Parameter conninfo: The connection string of the database.
  static func read(_ conninfo: String) async throws -> StoredSums {
    let sql = """
      SELECT sum(received), sum(unique_), sum(duplicate), sum(dead), (SELECT count(*) FROM sluice.events)
      FROM sluice.batches
      """
    let numbers = try await SQL.run(sql, on: conninfo)[0].map { Int($0 ?? "0") ?? -1 }
    return StoredSums(
      received: numbers[0], unique: numbers[1], duplicate: numbers[2], dead: numbers[3], rows: numbers[4])
  }
}

/// Expects that the conservation law holds, and that there are exactly `unique` rows.
func expectConserved(_ conninfo: String, unique: Int, sourceLocation: SourceLocation = #_sourceLocation)
  async throws
{
  let sums = try await StoredSums.read(conninfo)
  #expect(sums.received == sums.unique + sums.duplicate + sums.dead, sourceLocation: sourceLocation)
  #expect(sums.unique == unique, sourceLocation: sourceLocation)
  #expect(sums.rows == unique, sourceLocation: sourceLocation)
  let counters = try await SQL.run(
    "SELECT sum(received), sum(unique_), sum(duplicate), sum(dead) FROM sluice.counters", on: conninfo)
  let expected = [sums.received, sums.unique, sums.duplicate, sums.dead].map(String.init)
  #expect(counters == [expected], sourceLocation: sourceLocation)
}
