import ArgumentParser
import Authentication
import Foundation
import Testing

@testable import Console

@Suite struct ArgumentsTests {
  @Test func everyFilterBecomesAParameter() throws {
    let query = try QueryCommand.parse([
      "--topic", "orders.*", "--source", "a b", "--event-id", "1", "--grep", "x", "--field", "user.id=7=8",
      "--field", "n=", "--since", "-15m", "--until", "2026-01-01T00:00:00Z", "--by", "processed_at",
      "--order",
      "asc",
    ])
    #expect(
      query.target.text == "/events?topic=orders.%2A&source=a%20b&event_id=1&q=x&field.user.id=7%3D8&field.n="
        + "&since=-15m&until=2026-01-01T00%3A00%3A00Z&by=processed_at&order=asc&format=object")
  }

  @Test(arguments: [("15m", "-15m"), ("-15m", "-15m"), ("2026-01-01", "2026-01-01")])
  func aDistanceNeedsNoSign(_ text: String, _ sent: String) throws {
    #expect(try QueryCommand.parse(["--since", text]).times.since?.text == sent)
  }

  @Test func countsAreDividedByTimeAndName() throws {
    let counts = try CountsCommand.parse(["--interval", "5m", "--group", "topic", "--limit", "3"])
    #expect(counts.target.text == "/counts?interval=300s&by=event_time%2Ctopic&limit=1000")
    #expect(counts.limit == 3)
  }

  @Test func deadEventsAreFiltered() throws {
    let dead = try DeadCommand.parse([
      "--topic", "t", "--source", "s", "--reason", "payload_syntax", "--producer", "p", "--since", "1h",
      "--republished", "any", "--order", "asc",
    ])
    #expect(
      dead.target.text
        == "/dead?since=-1h&topic=t&source=s&reason=payload_syntax&producer=p&republished=any&order=asc")
  }

  @Test func aDeadEventIsPublishedAsItIsOrWithOtherFields() throws {
    #expect(try RepublishCommand.parse(["1", "2"]).body() == nil)
    let body = try RepublishCommand.parse(["1", "--topic", "t", "--payload", #"{"n": 1.0}"#]).body()
    #expect(body == #"{"topic":"t","payload":{"n":1.0}}"#)
    let failure = #expect(throws: CommandFailure.self) {
      try RepublishCommand.parse(["1", "--payload", "{"]).body()
    }
    #expect(failure?.status == .usage)
  }

  @Test(arguments: [
    ["query", "--limit", "0"], ["query", "--json", "--format", "csv"], ["query", "--field", "=1"],
    ["tail", "--limit", "-1"],
    ["counts", "--interval", "250ms"], ["counts", "--limit", "3"],
    ["counts", "--group", "topic", "--limit", "0"], ["republish"],
    ["republish", "1", "2", "--topic", "t"],
    ["top", "--interval", "1ms"], ["topics", "--order", "size"], ["get", "topic"],
    ["stats", "--timeout", "5"],
    ["stats", "--tls-key", "k"], ["nothing"],
  ])
  func wrongArgumentsEndWithTheStatusOfUsage(_ arguments: [String]) {
    let error = #expect(throws: (any Error).self) { try Sluice.parseAsRoot(arguments) }
    #expect(error.map { Sluice.exitCode(for: $0).rawValue } == ConsoleExitStatus.usage.rawValue)
  }

  @Test func theHelpListsEveryExitStatus() {
    let help = Sluice.helpMessage(columns: 200)
    for status in ConsoleExitStatus.allCases {
      #expect(help.contains("  \(status.rawValue)  \(status.meaning)"))
    }
    #expect(ConsoleExitStatus.allCases.map(\.rawValue) == [0, 1, 3, 4, 64])
  }
}

@Suite struct ServerOptionsTests {
  private func settings(
    _ arguments: [String], _ environment: [String: String] = [:]
  ) throws -> (ServerSettings, [String]) {
    var lines: [String] = []
    let settings = try ServerOptions.parse(arguments).settings(environment: environment) { lines.append($0) }
    return (settings, lines)
  }

  @Test func theAddressIsThatOfTheOptionElseOfTheEnvironment() throws {
    let environment = ["SLUICE_URL": "https://events.example.org"]
    #expect(try settings([]).0.address.description == "http://127.0.0.1:8080")
    #expect(try settings([], environment).0.address.description == "https://events.example.org")
    #expect(try settings(["--url", "http://a"], environment).0.address.description == "http://a")
    #expect(throws: CommandFailure.self) { try settings(["--url", "a:80"]) }
  }

  @Test(arguments: ["http://app:hunter2@a", "https://:hunter2@a", "app:hunter2@a", "http://a b@hunter2"])
  func aPasswordInAnAddressIsNotShown(_ text: String) {
    let failure = #expect(throws: CommandFailure.self) { try settings(["--url", text]) }
    #expect(failure?.status == .usage && failure?.description.contains("hunter2") == false)
  }

  @Test func aKeyNeverCrossesANetworkInClearText() throws {
    let key = Secret.random().revealed
    let environment = ["SLUICE_KEY": key]
    #expect(try settings([], environment).0.key == key)
    #expect(try settings(["--url", "https://a"], environment).0.key == key)
    let failure = #expect(throws: CommandFailure.self) { try settings(["--url", "http://a"], environment) }
    #expect(failure?.status == .usage && failure?.description.contains("https://") == true)
  }

  @Test func aKeyFileOfOthersIsTold() throws {
    let key = Secret.random().revealed
    let file = FileManager.default.temporaryDirectory.appending(path: "sluice-\(UUID().uuidString).key").path
    defer { try? FileManager.default.removeItem(atPath: file) }
    #expect(
      FileManager.default.createFile(
        atPath: file, contents: Data("\(key)\n".utf8), attributes: [.posixPermissions: 0o644]))
    let (open, warnings) = try settings(["--key-file", file], ["SLUICE_KEY": "ignored"])
    #expect(open.key == key)
    #expect(warnings == ["warning: other users may read the key file \(file); use chmod 600"])
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
    #expect(try settings(["--key-file", file]).1.isEmpty)
  }

  @Test(arguments: [["--key-file", "/nowhere/key"], ["--key-file", "/dev/null"]])
  func aFileWithoutAKeyIsWrongUsage(_ arguments: [String]) {
    let failure = #expect(throws: CommandFailure.self) { try settings(arguments) }
    #expect(failure?.status == .usage)
  }
}
