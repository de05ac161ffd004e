import HTTPTypes
import HummingbirdTesting
import Ingest
import StoreInterface
import Testing

@testable import HTTPAdmin

@Suite("DELETE /events")
struct DeleteEventsRouteTests {
  private let purge = MemoryPurge()

  private func answer(_ query: String) async throws -> TestResponse {
    var server = TestServer()
    server.purge = purge
    return try await server.answer("/events" + query, .delete)
  }

  @Test func saysHowManyEventsItWouldDelete() async throws {
    let answer = try await answer("?topic=a.*&q=x")
    #expect(answer.text == "{\"found\":15,\"deleted\":0,\"dry_run\":true}\n")
    #expect(purge.steps.map(\.action) == [.count, .count, .count])
    #expect(purge.steps.first?.filter == EventFilter(topics: .prefix("a."), text: "x"))
  }

  @Test func deletesThatNumber() async throws {
    let answer = try await answer("?topic=a&confirm=15")
    #expect(answer.text == "{\"found\":15,\"deleted\":15,\"dry_run\":false}\n")
    #expect(purge.steps.prefix(3).allSatisfy { $0.action == .count })
  }

  /// Events that are stored after the count are not deleted in place of counted ones.
  @Test func deletesNoMoreThanWasConfirmedAndNothingLaterThanTheCount() async throws {
    _ = try await answer("?topic=a&confirm=15")
    let deletions = purge.steps.dropFirst(3)
    #expect(deletions.map(\.action) == [15, 10, 5].map { .delete(atMost: $0) })
    #expect(deletions.map(\.end) == [300, 200, 100])
  }

  @Test func deletesNothingWhenTheNumberIsAnother() async throws {
    let answer = try await answer("?topic=a&confirm=14")
    #expect(answer.status == .conflict)
    #expect(try answer.problem().type == "urn:sluice:problem:confirmation-differs")
    #expect(purge.steps.allSatisfy { $0.action == .count })
  }

  @Test(arguments: [
    ("", "topic"), ("?confirm=3", "topic"), ("?by=processed_at", "topic"), ("?topic=*", "topic"),
    ("?topic=a&confirm=-1", "confirm"), ("?topic=a&confirm=", "confirm"), ("?topic=a&verbose=1", "verbose"),
    ("?topic=a&limit=5", "limit"), ("?topic=a&cofirm=5", "cofirm"),
  ])
  func refusesARequestThatDoesNotSayExactlyWhatToDelete(_ query: String, _ name: String) async throws {
    let answer = try await answer(query)
    #expect(answer.status == .unprocessableContent)
    #expect(try answer.problem().errors?.map(\.parameter) == [name])
    #expect(purge.steps.isEmpty)
  }
}
