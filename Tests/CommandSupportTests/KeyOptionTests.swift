import ArgumentParser
import Authentication
import CommandSupport
import Foundation
import Testing

@Suite struct KeyOptionTests {
  /// A key whose secret bits are those of the vectors.
  private static let mistyped = "sluice_vectors1_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8_CHECK0"

  private func option(_ file: String? = nil) throws -> KeyOption {
    try KeyOption.parse(file.map { ["--key-file", $0] } ?? [])
  }

  @Test func withoutFileAndVariableThereIsNoKey() throws {
    #expect(try option().text(environment: [:]) { _ in } == nil)
    #expect(try option().text(environment: [KeyOption.variable: ""]) { _ in } == nil)
  }

  @Test func aFileThatCannotBeReadIsNamed() throws {
    let option = try option("/nonexistent/key")
    let failure = #expect(throws: KeyFailure.self) { try option.text(environment: [:]) { _ in } }
    #expect(failure?.description.contains("/nonexistent/key") == true)
  }

  /// The bits are right and the check is wrong, as after a slip in copying.
  @Test func aMistypedKeyIsRefusedWithoutShowingIt() throws {
    let option = try option()
    let failure = #expect(throws: KeyFailure.self) {
      try option.text(environment: [KeyOption.variable: Self.mistyped]) { _ in }
    }
    #expect(failure?.description.contains("not copied correctly") == true)
    #expect(failure?.description.contains("ICEiIy") == false)
  }

  @Test(arguments: [(0o600, 0), (0o644, 1), (0o640, 1)])
  func aFileThatOthersMayReadGetsAWarning(_ mode: Int, _ warnings: Int) throws {
    let path = NSTemporaryDirectory() + "sluice-key-\(UUID())"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let key = Secret.random().revealed
    try Data("\(key)\n".utf8).write(to: URL(filePath: path))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    var warned: [String] = []
    let text = try option(path).text(environment: [KeyOption.variable: "ignored"]) { warned.append($0) }
    #expect(text == key)
    #expect(warned.count == warnings)
  }
}
