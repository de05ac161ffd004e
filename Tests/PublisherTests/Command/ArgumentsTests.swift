import ArgumentParser
import ClientLib
import CommandSupport
import Testing

@testable import Publisher

@Suite struct ArgumentsTests {
  @Test func needsNoArguments() throws {
    let command = try SluicePublish.parse([])
    #expect(command.options.target.endpoints.map(\.description) == ["127.0.0.1:7171"])
    #expect(command.options.load.events == nil)
    #expect(command.options.load.duplicates == 0.35)
    #expect(command.options.load.batch == 1_000)
    #expect(command.options.result.ack == .committed)
    #expect(command.options.target.wait.duration == .seconds(10))
  }

  @Test(
    arguments: [([], 1), (["--rate", "1000"], 1_000), (["--rate", "500", "--seed", "1"], 1)]
      as [([String], Double)])
  func spacesGeneratedEventsByTheRate(_ arguments: [String], _ step: Double) throws {
    let command = try SluicePublish.parse(arguments + ["--duplicates", "0"])
    #expect(command.options.load.step == step)
  }

  @Test func generatesBelowDemoAndByTheClock() throws {
    let command = try Generate.parse(["--name", "n", "--topics", "2"])
    #expect(command.options.load.events == nil)
    #expect(command.options.target.name == "n")
    #expect(SluicePublish.helpMessage().contains("generate"))
    #expect(Generate.helpMessage(columns: 200).contains("Topics begin with demo."))
  }

  @Test func takesFilesToFollow() throws {
    let command = try SluicePublish.parse([
      "--follow", "a*", "--follow", "b", "--state", "s", "--rotate-wait", "2s", "--poll", "1m", "--strict",
    ])
    let plan = FollowPlan(patterns: ["a*", "b"], state: "s", rotateWait: .seconds(2), poll: .seconds(60))
    #expect(command.input.followPlan == plan)
  }

  @Test func takesSeveralEndpointsInsteadOfAHost() throws {
    let command = try SluicePublish.parse(["--endpoint", "one:1", "--endpoint", "[::1]:2", "--host", "three"])
    #expect(command.options.target.endpoints.map(\.description) == ["one:1", "[::1]:2"])
  }

  @Test func spreadsKeysOverTheEndpoints() throws {
    let two = ["--endpoint", "one:1", "--endpoint", "two:2"]
    #expect(try SluicePublish.parse(two).options.target.spread == nil)
    #expect(try SluicePublish.parse(two + ["--spread", "keys"]).options.target.spread == .keys)
  }

  @Test func takesEverything() throws {
    let command = try SluicePublish.parse([
      "--host", "h", "--port", "9", "--events", "5", "--duplicates", "0", "--topics", "3", "--payload-bytes",
      "0",
      "--batch", "7", "--connections", "2", "--rate", "10.5", "--old-duplicates", "--seed", "4", "--wait",
      "250ms",
      "--ack", "accepted", "--verify", "http://localhost:8080", "--json",
    ])
    #expect(command.options.target.endpoints.map(\.description) == ["h:9"])
    #expect(command.options.load.rate == 10.5)
    #expect(command.options.load.seed == 4)
    #expect(command.options.result.ack == .accepted)
    #expect(command.options.result.stats(PageAccess()) != nil)
    #expect(command.options.target.wait.duration == .milliseconds(250))
  }

  @Test(
    arguments: [
      ("batch", .everyBatch), ("never", .never), ("250ms", .interval(.milliseconds(250))),
    ] as [(String, Producer.Spool.Sync)])
  func takesASpool(_ text: String, _ sync: Producer.Spool.Sync) throws {
    let command = try SluicePublish.parse(["--spool", "dir", "--spool-sync", text, "--ttl", "5s"])
    var plan = RunPlan.sample(.lines(path: "-"), [], connections: 2)
    plan.buffering = command.options.buffering.buffering
    let configuration = plan.configuration(ofConnection: 1)
    #expect(configuration.spool == Producer.Spool(directory: "dir/2", bytes: 256 << 20, sync: sync))
    #expect(configuration.timeToLive == .seconds(5))
    #expect(configuration.whenFull == .wait)
  }

  @Test(
    arguments: [("wait", .wait), ("fail", .fail), ("drop-oldest", .dropOldest)]
      as [(String, Producer.Configuration.WhenFull)])
  func readsWhenFull(_ text: String, _ whenFull: Producer.Configuration.WhenFull) throws {
    #expect(try SluicePublish.parse(["--when-full", text]).options.buffering.buffering.whenFull == whenFull)
  }

  @Test(arguments: [
    (["--events", "0"], "--events"), (["--duplicates", "1"], "--duplicates"),
    (["--duplicates", "-0.1"], "--duplicates"),
    (["--duplicates", "nan"], "--duplicates"), (["--topics", "0"], "--topics"),
    (["--topics", "1000001"], "--topics"),
    (["--payload-bytes", "99"], "--payload-bytes"), (["--payload-bytes", "262145"], "--payload-bytes"),
    (["--batch", "0"], "--batch"), (["--batch", "65536"], "--batch"),
    (["--connections", "0"], "--connections"),
    (["--connections", "1025"], "--connections"), (["--rate", "0"], "--rate"), (["--rate", "inf"], "--rate"),
    (["--port", "0"], "--port"), (["--port", "65536"], "--port"), (["--endpoint", "nowhere"], "--endpoint"),
    (["--producer-id", "x"], "--producer-id"), (["--spread", "keys"], "--spread"),
    (["--endpoint", "a:1", "--endpoint", "a:1", "--spread", "keys"], "--spread"),
    (["--endpoint", "a:1", "--endpoint", "b:1", "--spread", "topics"], "--spread"),
    (
      [
        "--endpoint", "a:1", "--endpoint", "b:1", "--spread", "keys", "--producer-id",
        "00000000-0000-4000-8000-000000000000",
      ], "--producer-id"
    ), (["--wait", "10"], "--wait"), (["--wait", "0s"], "--wait"),
    (["--ack", "maybe"], "--ack"), (["--verify", "localhost"], "--verify"), (["--strict"], "--strict"),
    (["--input", "-", "--seed", "1"], "--input"), (["--input", "-", "--rate", "1"], "--input"),
    (["--spool", ""], "--spool"), (["--spool-bytes", "1048575"], "--spool-bytes"),
    (["--spool-sync", "often"], "--spool-sync"), (["--when-full", "explode"], "--when-full"),
    (["--ttl", "0s"], "--ttl"), (["--bogus"], "--bogus"), (["--skip", "1"], "--skip"),
    (["--input", "-", "--events", "1"], "--events"), (["--input", "-", "--topics", "3"], "--topics"),
    (["--input", "-", "--duplicates", "0"], "--duplicates"), (["--name", ""], "--name"),
    (["--follow", "x"], "--state"), (["--state", "x"], "--follow"),
    (["--follow", "", "--state", "x"], "paths"),
    (["--follow", "x", "--state", "s", "--input", "-"], "--input"),
    (["--follow", "x", "--state", "s", "--rate", "1"], "--rate"), (["--poll", "1s"], "--follow"),
    (["--follow", "x", "--state", "s", "--spool", "d"], "--spool"),
    (["--follow", "x", "--state", "x"], "own state"),
    (["--follow", "/tmp/../tmp/*", "--state", "/tmp/a.state"], "/tmp/a.state"),
    (["--follow", "x*", "--follow", "y*.new", "--state", "y"], "y.new"),
    (["--follow", "x", "--state", "s", "--ttl", "1s"], "--ttl"),
    (["--follow", "x", "--state", "s", "--when-full", "fail"], "--when-full"),
    (["--producer-id", "00000000-0000-4000-8000-000000000000", "--connections", "2"], "--producer-id"),
    (["--producer-id", "00000000-0000-4000-8000-000000000000", "--spool", "x"], "--producer-id"),
  ])
  func rejectsWrongArgumentsBeforeAnyWork(_ arguments: [String], _ named: String) {
    do {
      _ = try SluicePublish.parse(arguments)
      Issue.record("\(arguments) is taken")
    } catch {
      #expect(SluicePublish.exitCode(for: error).rawValue == PublishExitStatus.usage.rawValue)
      #expect(SluicePublish.fullMessage(for: error).contains(named))
    }
  }

  @Test func explainsEveryExitStatus() {
    let help = SluicePublish.helpMessage(columns: 200)
    for status in PublishExitStatus.allCases {
      #expect(help.contains("\(status.rawValue)  \(status.meaning)"))
    }
  }
}
