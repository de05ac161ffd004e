import Foundation
import Testing

@testable import HTTPAdmin

/// Compares `spec/http-api.md` with the code.
@Suite("Specification of the HTTP API")
struct SpecificationTests {
  private struct Overview: Decodable {
    let endpoints: [String: String]
  }

  private let text: String

  init() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    text = try String(contentsOf: root.appending(path: "spec/http-api.md"), encoding: .utf8)
  }

  @Test func describesEveryRoute() async throws {
    let answer = try await TestServer(purge: MemoryPurge(), publishing: MemoryStore().services()).answer("/")
    for endpoint in try answer.decoded(as: Overview.self).endpoints.keys {
      #expect(text.contains("`\(endpoint)`"), "\(endpoint)")
    }
  }

  @Test(arguments: Problem.Kind.allCases)
  func describesEveryKindOfProblem(_ kind: Problem.Kind) {
    #expect(text.contains("\n| `\(kind.type)` |"))
  }

  @Test func describesOnlyExistingKindsOfProblems() {
    let rows = text.components(separatedBy: "\n| `urn:sluice:problem:").dropFirst()
    #expect(rows.count == Problem.Kind.allCases.count)
  }
}
