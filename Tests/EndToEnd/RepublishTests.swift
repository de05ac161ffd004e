import Foundation
import TestSupport
import Testing

/// Dead events that are published again, by curl, with the real server and database.
struct RepublishTests {
  /// A row of `/dead`.
  private struct DeadEvent: Decodable {
    let deadId: String
    let eventId: String?
    let reason: String
    let republishedAt: String?
  }

  private struct DeadEvents: Decodable {
    let deadEvents: [DeadEvent]
  }

  private struct Republished: Decodable {
    let deadId: String
    let outcome: String
    let republishedAt: String
  }

  /// A trigger by which the database refuses an operation on the rows of a condition.
  private static func refuse(_ operation: String, when condition: String) -> String {
    """
    CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF \(condition) THEN RAISE EXCEPTION 'not today' USING ERRCODE = '22001'; END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER refuse BEFORE \(operation) FOR EACH ROW EXECUTE FUNCTION public.refuse()
    """
  }

  private static let allow = "DROP FUNCTION public.refuse() CASCADE"

  private func post(
    _ daemon: Daemon, _ path: String, _ body: String = "", key: String? = nil
  ) async throws -> Curl {
    let authorization = key.map { ["--header", "Authorization: Bearer \($0)"] } ?? []
    let data = body.isEmpty ? [] : ["--data-raw", body]
    return try await Curl(
      "http://127.0.0.1:\(daemon.httpPort)\(path)",
      ["--request", "POST", "--header", "Content-Type: application/json"] + data + authorization)
  }

  /// Publishes events with these ids, which the database refuses, and returns their dead events by id.
  private func giveUp(_ ids: [String], to daemon: Daemon, over conninfo: String) async throws -> [String:
    String]
  {
    try await SQL.run(Self.refuse("INSERT ON sluice.events", when: "NEW.event_id LIKE 'bad%'"), on: conninfo)
    let events = ids.map {
      #"{"topic":"t","event_id":"\#($0)","timestamp":"2026-01-02T03:04:05Z","source":"s","payload":{"n":1}}"#
    }
    let answer = try await post(daemon, "/publish/batch", "[\(events.joined(separator: ","))]")
    #expect(answer.status == 200 && answer.body.contains("\"dead\":\(ids.count)"), "\(answer.body)")
    // The server would try them again by itself.
    try await SQL.run("UPDATE sluice.dead_events SET retry_at = NULL", on: conninfo)
    let rows = try await dead(daemon)
    #expect(rows.allSatisfy { $0.reason == "refused_by_database" && $0.republishedAt == nil })
    return Dictionary(uniqueKeysWithValues: rows.map { ($0.eventId ?? "", $0.deadId) })
  }

  private func dead(_ daemon: Daemon, _ query: String = "") async throws -> [DeadEvent] {
    try await daemon.get("/dead?\(query)").decode(DeadEvents.self).deadEvents
  }

  private func decoded(_ answer: Curl) throws -> Republished {
    #expect(answer.status == 200, "\(answer.body)")
    return try JSONDecoder.snakeCase.decode(Republished.self, from: Data(answer.body.utf8))
  }

  @Test func anEventIsPublishedAgainOnceAsItIsOrWithAnEdit() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      try await Daemon.run(over: conninfo) { daemon in
        let ids = try await giveUp(["bad-1", "bad-2"], to: daemon, over: conninfo)
        let one = "/dead/\(try #require(ids["bad-1"]))/republish"
        let two = "/dead/\(try #require(ids["bad-2"]))/republish"
        let refused = try await post(daemon, one)
        #expect(refused.status == 422 && refused.body.contains("refused_by_database"), "\(refused.body)")
        #expect(refused.body.contains("not today"))
        #expect(try await dead(daemon).count == 3, "the attempt is one more dead event")
        try await SQL.run(Self.allow, on: conninfo)

        let stored = try decoded(try await post(daemon, one))
        #expect(stored.outcome == "stored" && stored.deadId == ids["bad-1"])
        #expect(try await daemon.get("/events/t/bad-1").text.contains(#""payload":{"n":1}"#))
        let again = try await post(daemon, one)
        #expect(again.status == 409 && again.body.contains("already-republished"))

        let bad = try await post(daemon, two, #"{"topic":""}"#)
        #expect(bad.status == 422 && bad.body.contains("topic_length") && bad.body.contains("\"/topic\""))
        let edited = try decoded(try await post(daemon, two, #"{"topic":"u","payload":{"n":2}}"#))
        #expect(edited.outcome == "stored")
        #expect(try await daemon.get("/events/u/bad-2").text.contains(#""payload":{"n":2}"#))

        #expect(try await post(daemon, "/dead/1-1/republish").status == 404)
        let marked = try await dead(daemon, "republished=true&order=asc")
        #expect(
          marked.map(\.eventId) == ["bad-1", "bad-2"] && marked[0].republishedAt == stored.republishedAt)
        #expect(try await dead(daemon).count == 1)
        #expect(try await daemon.get("/stats").text.contains("\"republished\":2,"))
        #expect(try await daemon.get("/metrics").text.contains("\nsluice_republished_events_total 2\n"))
        #expect(try await daemon.get("/audit").status == 200)
        #expect(try await daemon.stop() == .status(0))
      }
      try await expectConserved(conninfo, unique: 2)
    }
  }

  @Test func aServerThatIsKilledBetweenCommitAndMarkIsAskedAgain() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      let path = try await Daemon.run(over: conninfo) { daemon in
        let ids = try await giveUp(["bad-3"], to: daemon, over: conninfo)
        try await SQL.run(
          "\(Self.allow); \(Self.refuse("UPDATE ON sluice.dead_events", when: "true"))", on: conninfo)
        let path = "/dead/\(try #require(ids["bad-3"]))/republish"
        #expect(try await post(daemon, path).status == 500)
        #expect(try await daemon.get("/events/t/bad-3").status == 200, "the event is committed")
        #expect(try await dead(daemon).first?.republishedAt == nil)
        daemon.program.send(SIGKILL)
        #expect(try await daemon.program.exit() == .signal(SIGKILL))
        return path
      }
      try await SQL.run(Self.allow, on: conninfo)
      try await Daemon.run(over: conninfo) { daemon in
        let again = try decoded(try await post(daemon, path))
        #expect(again.outcome == "duplicate")
        #expect(try await dead(daemon, "republished=true").map(\.eventId) == ["bad-3"])
        #expect(try await post(daemon, path).status == 409)
        #expect(try await daemon.stop() == .status(0))
      }
      try await expectConserved(conninfo, unique: 1)
    }
  }

  @Test func theRoleAdminIsNeeded() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      let path = try await Daemon.run(over: conninfo) { daemon in
        "/dead/\(try #require(try await giveUp(["bad-4"], to: daemon, over: conninfo)["bad-4"]))/republish"
      }
      try await SQL.run(Self.allow, on: conninfo)
      let credentials = try TestCredentials()
      defer { credentials.remove() }
      try await credentials.add("writer", ["--role", "read"])
      try await credentials.add("boss", ["--role", "admin"])
      try await Daemon.run(over: conninfo, arguments: ["--auth-credentials", credentials.file]) { daemon in
        #expect(try await post(daemon, path).status == 401)
        let writer = try await post(daemon, path, key: try credentials.key("writer"))
        #expect(writer.status == 403 && writer.body.contains("role-missing"))
        #expect(try await post(daemon, path, key: try credentials.key("boss")).status == 200)
      }
    }
  }
}
