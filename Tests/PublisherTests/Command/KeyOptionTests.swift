import ArgumentParser
import ClientLib
import Foundation
import Testing

@testable import Publisher

/// Where `sluice-publish` finds its key.
struct KeyOptionTests {
  /// A key whose secret bits are those of the vectors.
  private static let key = "sluice_vectors1_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8_CHECK0"

  private func option(_ file: String? = nil) throws -> KeyOption {
    try KeyOption.parse(file.map { ["--key-file", $0] } ?? [])
  }

  @Test func withoutFileAndVariableThereIsNoKey() throws {
    let none = try option().read(environment: [:]) { _ in }
    #expect(none == nil)
    let empty = try option().read(environment: [KeyOption.variable: ""]) { _ in }
    #expect(empty == nil)
  }

  @Test func aFileThatCannotBeReadIsNamed() throws {
    let option = try option("/nonexistent/key")
    let failure = #expect(throws: RunFailure.self) { try option.read(environment: [:]) { _ in } }
    #expect(failure?.status == .usage)
    #expect(failure?.description.contains("/nonexistent/key") == true)
  }

  /// The bits are right and the check is wrong, as after a slip in copying.
  @Test func aMistypedKeyIsRefusedWithoutShowingIt() throws {
    let option = try option()
    let failure = #expect(throws: RunFailure.self) {
      try option.read(environment: [KeyOption.variable: Self.key]) { _ in }
    }
    #expect(failure?.status == .usage)
    #expect(failure?.description.contains("not copied correctly") == true)
    #expect(failure?.description.contains("ICEiIy") == false)
  }

  @Test(arguments: [(0o600, 0), (0o644, 1), (0o640, 1)])
  func aFileThatOthersMayReadGetsAWarning(_ mode: Int, _ warnings: Int) throws {
    let path = NSTemporaryDirectory() + "sluice-key-\(UUID())"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data("\(Self.key)\n".utf8).write(to: URL(filePath: path))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    var told: [String] = []
    let option = try option(path)
    #expect(throws: RunFailure.self) { try option.read(environment: [:]) { told.append($0) } }
    #expect(told.count == warnings)
  }
}
