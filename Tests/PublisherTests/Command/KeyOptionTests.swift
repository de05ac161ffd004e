import ArgumentParser
import CommandSupport
import Testing

@testable import Publisher

/// The key as producers and the HTTP port take it. `CommandSupportTests` has the rest.
struct KeyOptionTests {
  @Test func withoutFileAndVariableThereIsNoKey() throws {
    let none = try KeyOption.parse([]).read(environment: [:]) { _ in }
    #expect(none == nil)
  }

  @Test func aKeyThatCannotBeUsedEndsTheRunWithTheStatusOfUsage() throws {
    let option = try KeyOption.parse(["--key-file", "/nonexistent/key"])
    let failure = #expect(throws: RunFailure.self) { try option.read(environment: [:]) { _ in } }
    #expect(failure?.status == .usage)
    #expect(failure?.description.contains("/nonexistent/key") == true)
  }
}
