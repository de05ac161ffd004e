import Testing

@testable import PostgresClient
@testable import Storage

@Suite struct CitusErrorTests {
  private func translated(_ state: SQLState, _ message: String, lost: Bool = false) -> PostgresError {
    CitusError.translated(PostgresError(state: state, message: message, isConnectionLost: lost))
  }

  @Test func aDuplicateKeyOnAWorkerIsAUniqueViolation() {
    let text = "duplicate key value violates unique constraint \"events_pkey_102008\""
    #expect(translated("XX000", text).state == "23505")
  }

  /// Otherwise a writer would give up events because a worker is away.
  @Test func anotherInternalErrorBlamesNoEvent() {
    let error = translated("XX000", "could not copy to shard 102008")
    #expect(!RetryPolicy.mayBlame(error))
    #expect(RetryPolicy.decision(on: error) == .wait)
  }

  @Test(arguments: ["22P02", "08006", "40P01"] as [SQLState])
  func otherStatesStay(_ state: SQLState) {
    #expect(translated(state, "a message").state == state)
  }

  @Test func aLostConnectionStaysLost() {
    #expect(translated("XX000", "gone", lost: true).isConnectionLost)
  }
}
