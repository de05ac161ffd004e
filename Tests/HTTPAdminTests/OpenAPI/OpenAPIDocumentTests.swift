import Foundation
import HTTPTypes
import HummingbirdTesting
import Ingest
import NIOCore
import StoreInterface
import Testing

@testable import HTTPAdmin

/// Compares `openapi.json` with the code.
@Suite("The OpenAPI document")
struct OpenAPIDocumentTests {
  private struct Overview: Decodable {
    let endpoints: [String: String]
  }

  @Test func describesEveryRouteAndNoOther() async throws {
    var server = TestServer(tail: MemoryTail(), purge: MemoryPurge(), publishing: MemoryStore().services())
    server.dead = MemoryQueries()
    server.history = { _ in [] }
    let endpoints = try await server.answer("/").decoded(as: Overview.self).endpoints.keys
    // The files of the web pages are not part of the API.
    let routes = Set(endpoints.filter { !$0.hasPrefix("GET /assets/") }).union(["GET /"])
    #expect(Set(try await APIDescription().operations.keys) == routes)
  }

  @Test func hasTheVersionOfTheServer() async throws {
    let answer = try await TestServer().answer("/openapi.json")
    #expect(try answer.decoded(as: JSONValue.self)["info"]?["version"] == .string("1.2.3"))
    #expect(!answer.text.contains("{version}"))
  }

  @Test func namesAndDescribesEachOperationOnce() async throws {
    let description = try await APIDescription()
    let operations = description.operations.values
    #expect(Set(operations.map { $0["operationId"] }).count == operations.count)
    let tags = Set(description.document["tags"]?.elements.compactMap { $0["name"] } ?? [])
    for operation in operations {
      #expect(operation["operationId"]?.text?.isEmpty == false)
      #expect(operation["summary"]?.text?.isEmpty == false)
      #expect(tags.isSuperset(of: operation["tags"]?.elements ?? [.null]))
    }
  }

  @Test func hasTheBoundsOfPages() async throws {
    let description = try await APIDescription()
    for path in ["/events", "/topics", "/dead", "/producers"] {
      let limit = try description.parameter("limit", of: "GET \(path)")["schema"]
      #expect(limit?["minimum"] == .number(Double(QueryParameters.pageLimits.lowerBound)))
      #expect(limit?["maximum"] == .number(Double(QueryParameters.pageLimits.upperBound)))
      #expect(limit?["default"] == .number(Double(try QueryParameters(query: "").pageLimit())))
    }
  }

  @Test(
    arguments: [
      ("GET /events", "order", EventQuery.Order.allCases.map(\.rawValue)),
      ("GET /events", "format", EventLayout.allCases.map(\.rawValue)),
      ("GET /events", "by", EventFilter.Clock.allCases.map(\.rawValue)),
      ("GET /events/stream", "by", EventFilter.Clock.allCases.map(\.rawValue)),
      ("GET /topics", "order", TopicOrder.allCases.map(\.rawValue)),
      ("GET /dead", "order", EventQuery.Order.allCases.map(\.rawValue)),
      ("GET /dead", "republished", ["false", "true", "any"]),
      ("GET /producers", "order", ProducerQuery.Order.allCases.map(\.rawValue)),
      ("POST /publish", "ack", BatchPublisher.Acknowledgement.allCases.map(\.rawValue)),
      ("POST /publish/batch", "ack", BatchPublisher.Acknowledgement.allCases.map(\.rawValue)),
    ])
  func hasTheChoicesOfAParameter(_ operation: String, _ name: String, _ choices: [String]) async throws {
    let schema = try await APIDescription().parameter(name, of: operation)["schema"]
    #expect(Set(schema?["enum"]?.elements ?? []) == Set(choices.map(JSONValue.string)))
  }

  @Test(
    arguments: [
      ("Problem", ["properties", "type"], ["about:blank"] + Problem.Kind.allCases.map(\.type)),
      ("DeadReason", [], DeadReason.allCases.map(\.rawValue)),
      (
        "AuditReport", ["properties", "violations", "items", "properties", "law"],
        AuditReport.Law.allCases.map(\.rawValue)
      ),
    ])
  func hasTheValuesOfAMember(_ name: String, _ place: [String], _ values: [String]) async throws {
    let schema = place.reduce(try await APIDescription().component("schemas", name) as JSONValue?) { $0?[$1] }
    #expect(Set(schema?["enum"]?.elements ?? []) == Set(values.map(JSONValue.string)))
  }

  @Test func hasExamplesThatFitTheirSchemas() async throws {
    let description = try await APIDescription()
    var count = 0
    func check(_ value: JSONValue, at place: String) throws {
      if let schema = value["schema"] ?? (value["properties"] == nil ? nil : value) {
        let named = value["examples"]?.members.values.compactMap { $0["value"] } ?? []
        for example in (value["examples"]?.elements ?? []) + named + [value["example"]].compactMap(\.self) {
          #expect(try description.faults(of: example, against: schema) == [], "\(place)")
          count += 1
        }
      }
      for (name, member) in value.members { try check(member, at: "\(place)/\(name)") }
      for element in value.elements { try check(element, at: place) }
    }
    try check(description.document, at: "")
    #expect(count > 30)
  }
}

@Suite("GET /openapi.json")
struct OpenAPIRouteTests {
  @Test func isNotSentAgainToAClientThatHasIt() async throws {
    let server = TestServer()
    let answer = try await server.answer("/openapi.json")
    #expect(answer.headers[.contentType] == "application/json")
    #expect(answer.headers[.cacheControl] == "no-cache")
    let tag = try #require(answer.headers[.eTag])
    for known in [tag, "W/\(tag)", "\"other\", \(tag)", "*"] {
      let again = try await server.answer("/openapi.json", headers: [.ifNoneMatch: known])
      #expect(again.status == .notModified)
      #expect(again.body.readableBytes == 0)
      #expect(again.headers[.eTag] == tag)
    }
    for unknown in ["\"other\"", "", String(tag.dropLast())] {
      #expect(try await server.answer("/openapi.json", headers: [.ifNoneMatch: unknown]).status == .ok)
    }
  }

  @Test func hasAnotherTagInAnotherVersion() {
    #expect(OpenAPIDocument(version: "1").tag != OpenAPIDocument(version: "2").tag)
    #expect(OpenAPIDocument(version: "1").tag == OpenAPIDocument(version: "1").tag)
  }
}
