import Hummingbird
import Ingest
import Principals
internal import StoreInterface
import WireProtocol

/// `GET /audit`: the conservation law with its terms; 200 when it holds, 500 when it does not.
struct AuditRoute: Route {
  let path = "/audit"
  let access = RouteAccess.role(.admin)
  let summary = "checks that no event is missing and none is counted twice; reads every event"
  let queries: any EventQueries

  func respond(to request: Request, in context: AdminContext) async throws -> Response {
    _ = try request.negotiated([.json])
    let report = try await queries.audit()
    return .json(report, status: report.holds ? .ok : .internalServerError)
  }
}

extension AuditReport: JSONWritable {
  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("holds", holds)
      writer.member("counters", findings.counters)
      writer.member("ledger", findings.ledger)
      writer.member("events", findings.events)
      writer.member("expired", findings.expired)
      writer.member("dead_events", findings.deadEvents)
      writer.member("producers", findings.producers)
      writer.member("violations", violations)
    }
  }
}

extension AuditReport.Counts: JSONWritable {
  func write(to writer: inout JSONWriter) {
    writer.object { writeMembers(to: &$0) }
  }

  /// Writes the terms as members of an object.
  func writeMembers(to writer: inout JSONWriter) {
    writer.member("received", received)
    writer.member("unique", unique)
    writer.member("duplicate", duplicate)
    writer.member("dead", dead)
  }
}

extension AuditReport.Violation: JSONWritable {
  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("law", law.rawValue)
      writer.member("producer", producer?.description)
      writer.member("expected", expected)
      writer.member("found", found)
    }
  }
}
