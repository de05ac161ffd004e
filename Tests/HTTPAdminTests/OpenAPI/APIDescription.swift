import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import HTTPAdmin

/// The served `openapi.json`, with a comparison of answers.
///
/// It implements the part of JSON Schema that defines names and types. Bounds and patterns are checked by the
/// contract test, which has a complete validator.
struct APIDescription {
  let document: JSONValue

  /// Loads the document from a server.
  init() async throws {
    document = try await TestServer().answer("/openapi.json").decoded(as: JSONValue.self)
  }

  /// All operations, by names such as `GET /events`.
  var operations: [String: JSONValue] {
    var operations: [String: JSONValue] = [:]
    for (path, item) in document["paths"]?.members ?? [:] {
      for (method, operation) in item.members { operations["\(method.uppercased()) \(path)"] = operation }
    }
    return operations
  }

  /// Returns the target of a reference, or the value itself.
  func resolved(_ value: JSONValue) throws -> JSONValue {
    guard let reference = value["$ref"]?.text else { return value }
    return try reference.split(separator: "/").dropFirst().reduce(document) { place, name in
      try #require(place[String(name)], "\(reference) leads nowhere")
    }
  }

  /// Returns the component `name` of `kind`.
  func component(_ kind: String, _ name: String) throws -> JSONValue {
    try #require(document["components"]?[kind]?[name])
  }

  /// Returns the parameter `name` of `operation`.
  func parameter(_ name: String, of operation: String) throws -> JSONValue {
    let parameters = try #require(operations[operation]?["parameters"]?.elements).map(resolved)
    return try #require(parameters.first { $0["name"]?.text == name })
  }

  /// Returns the differences between `answer` and the description of `operation`.
  func differences(of answer: TestResponse, to operation: String) throws -> [String] {
    guard let described = try operations[operation]?["responses"]?["\(answer.status.code)"].map(resolved)
    else { return ["status \(answer.status.code) is not described"] }
    var differences: [String] = []
    for (name, header) in described["headers"]?.members ?? [:]
    where try resolved(header)["required"] == .bool(true) {
      if !answer.headers.contains(where: { $0.name.canonicalName == name.lowercased() }) {
        differences.append("the header field \(name) is missing")
      }
    }
    let type = answer.headers[.contentType]?.split(separator: ";").first.map(String.init)
    guard let type else { return differences + (described["content"] == nil ? [] : ["no content"]) }
    guard let schema = described["content"]?[type]?["schema"] else {
      return differences + ["the type \(type) is not described"]
    }
    guard type.hasSuffix("json") else { return differences }
    return differences + (try faults(of: value(of: answer, as: type), against: schema))
  }

  /// Returns the body as JSON; the lines of NDJSON become the elements of an array.
  private func value(of answer: TestResponse, as type: String) throws -> JSONValue {
    guard type == ContentType.ndjson.rawValue else { return try answer.decoded(as: JSONValue.self) }
    let lines = answer.text.split(separator: "\n")
    return .array(try lines.map { try JSONDecoder().decode(JSONValue.self, from: Data($0.utf8)) })
  }

  /// Returns the errors of `value` as an instance of `schema`.
  func faults(of value: JSONValue, against schema: JSONValue, at place: String = "") throws -> [String] {
    let schema = try resolved(schema)
    var faults: [String] = []
    if let constant = schema["const"], constant != value { faults.append("\(place): not \(constant)") }
    if let choices = schema["enum"]?.elements, !choices.contains(value) {
      faults.append("\(place): \(value) is none of \(choices)")
    }
    let types = schema["type"].map { $0.text.map { [$0] } ?? $0.elements.compactMap(\.text) }
    if let types, !types.contains(where: value.isOf) { faults.append("\(place): not of type \(types)") }
    let fitting = try (schema["oneOf"]?.elements)?.filter {
      try self.faults(of: value, against: $0, at: place).isEmpty
    }
    if let fitting, fitting.count != 1 { faults.append("\(place): fits \(fitting.count) of oneOf") }
    for (index, element) in value.elements.enumerated() {
      if let items = schema["items"] {
        faults += try self.faults(of: element, against: items, at: "\(place)/\(index)")
      }
    }
    if case .object(let members) = value {
      faults += try self.faults(of: members, against: schema, at: place)
    }
    return faults
  }

  /// Returns the errors of an object's members. A member that is not described is an error here: the document
  /// allows further members so that answers can grow, but it must describe the present ones.
  private func faults(
    of members: [String: JSONValue], against schema: JSONValue, at place: String
  ) throws -> [String] {
    let missing = (schema["required"]?.elements ?? []).compactMap(\.text).filter { members[$0] == nil }
    var faults = missing.map { "\(place)/\($0) is missing" }
    guard let properties = schema["properties"]?.members else { return faults }
    for (name, member) in members {
      guard let described = properties[name] else {
        faults.append("\(place)/\(name) is not described")
        continue
      }
      faults += try self.faults(of: member, against: described, at: "\(place)/\(name)")
    }
    return faults
  }
}
