import Foundation
import Testing
import WireProtocol

private struct Row: Decodable {
  let code: UInt16
  let name: String
  let swift: String
  let scope: String
  let retry: String
  let meaning: String
}

struct ErrorTableTests {
  private let rows: [Row]

  init() throws {
    rows = try JSONDecoder().decode([Row].self, from: Data(contentsOf: repositoryFile("spec/errors.json")))
  }

  @Test func swiftConstantsAreThoseOfTheTable() throws {
    let path = "Sources/WireProtocol/Errors/ErrorCode+Codes.swift"
    let source = try String(contentsOf: repositoryFile(path), encoding: .utf8)
    #expect(source == Self.render(rows), "spec/errors.json and \(path) differ")
  }

  @Test func codesAndNamesAreUnique() {
    #expect(Set(rows.map(\.code)).count == rows.count)
    #expect(Set(rows.map(\.name)).count == rows.count)
  }

  @Test(arguments: ErrorCode.all) func aNumberLeadsBackToItsCode(_ code: ErrorCode) {
    #expect(ErrorCode(wire: code.wire).name == code.name)
    #expect(ErrorCode(wire: code.wire).retry == code.retry)
  }

  @Test func anUnknownNumberEndsTheConnectionWithoutARetry() {
    let code = ErrorCode(wire: 9_999)
    #expect(code.name == "UNKNOWN_9999")
    #expect(code.scope == .connection)
    #expect(code.retry == .never)
  }

  private static func render(_ rows: [Row]) -> String {
    let retries = ["never": ".never", "new-connection": ".onNewConnection", "delay": ".afterDelay"]
    var lines = ["// Generated from spec/errors.json; a test compares the two.", "", "extension ErrorCode {"]
    for row in rows {
      lines += [
        "  /// \(row.meaning)",
        "  public static let \(row.swift) = ErrorCode(",
        "    wire: \(row.code), name: \"\(row.name)\", scope: .\(row.scope), retry: \(retries[row.retry] ?? "?"))",
      ]
    }
    lines += ["", "  /// Every code, ascending.", "  public static let all: [ErrorCode] = ["]
    lines += rows.map { "    .\($0.swift)," } + ["  ]", "}", ""]
    return lines.joined(separator: "\n")
  }
}
