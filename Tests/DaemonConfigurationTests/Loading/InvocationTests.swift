import Testing

@testable import DaemonConfiguration

struct InvocationTests {
  @Test func runsWithDefaultsWhenThereIsNothing() throws {
    let invocation = try Invocation([])
    #expect(invocation.command == .run)
    #expect(invocation.values.isEmpty)
    #expect(invocation.configurationFile == nil)
  }

  @Test(arguments: DaemonCommand.allCases)
  func knowsEachCommandByItsName(_ command: DaemonCommand) throws {
    #expect(try Invocation([command.rawValue]).command == command)
  }

  @Test(arguments: [["--tcp-port", "7171"], ["--tcp-port=7171"], ["run", "--tcp-port", "7171"]])
  func takesAnOptionInBothForms(_ arguments: [String]) throws {
    #expect(try Invocation(arguments).values == ["tcp.port": "7171"])
  }

  @Test func keepsEqualsSignsAndEmptyTextsInAValue() throws {
    let invocation = try Invocation(["--database-url=host=db user=app", "--tcp-host="])
    #expect(invocation.values == ["database.url": "host=db user=app", "tcp.host": ""])
  }

  @Test func letsTheLastOfTwoWin() throws {
    #expect(
      try Invocation(["--writers-count", "1", "--writers-count", "3"]).values == ["writers.count": "3"])
  }

  @Test func takesTheRoleOfGrants() throws {
    let invocation = try Invocation(["grants", "app", "--store-schema", "events"])
    #expect(invocation.grantedRole == "app")
    #expect(invocation.values == ["store.schema": "events"])
    #expect(try Invocation(["grants"]).grantedRole == nil)
    #expect(throws: ConfigurationError.strayArgument("web")) { try Invocation(["grants", "app", "web"]) }
  }

  @Test(
    arguments: [
      (["--citus"], "events"), (["--citus=off"], "off"), (["--citus", "off"], "off"),
      (["--citus", "events"], "events"),
      (["--database-citus", "off"], "off"), (["--citus=both"], "both"),
    ] as [([String], String)])
  func migrateTakesCitusAsAFlagOrWithAValue(_ options: [String], _ value: String) throws {
    let invocation = try Invocation(["migrate"] + options + ["--store-schema", "a"])
    #expect(invocation.values == ["database.citus": value, "store.schema": "a"])
  }

  @Test func onlyMigrateTakesTheShortOptionOfCitus() {
    #expect(throws: ConfigurationError.self) { try Invocation(["run", "--citus"]) }
  }

  @Test(arguments: DaemonCommand.allCases)
  func jsonIsForCommandsWithAResult(_ command: DaemonCommand) throws {
    let words = [command.rawValue] + (command == .credentials ? ["list"] : []) + ["--json"]
    if command.hasJSON || command == .help {
      #expect(try Invocation(words).wantsJSON)
    } else {
      let error = #expect(throws: ConfigurationError.self) { try Invocation(words) }
      #expect(error?.description.contains("--json") == true)
    }
  }

  @Test func takesTheConfigurationFile() throws {
    #expect(try Invocation(["check-config", "--config", "a.yaml"]).configurationFile == "a.yaml")
  }

  @Test(arguments: [(["--help"], DaemonCommand.help), (["-h"], .help), (["migrate", "--version"], .version)])
  func answersHelpAndVersionAnywhere(_ arguments: [String], _ command: DaemonCommand) throws {
    #expect(try Invocation(arguments).command == command)
  }

  @Test(arguments: [
    (["--tcp-prot", "1"], ConfigurationError.unknownKey(.option("--tcp-prot"), nearest: "--tcp-port")),
    (["--kafka-brokers=x"], .unknownKey(.option("--kafka-brokers"), nearest: nil)),
    (["--confg", "x"], .unknownKey(.option("--confg"), nearest: "--config")),
    (["--"], .unknownKey(.option("--"), nearest: nil)),
    (["check-confg"], .unknownCommand("check-confg", nearest: "check-config")),
    (["--tcp-port"], .missingValue(option: "--tcp-port")),
    (["run", "audit"], .strayArgument("audit")),
    (["-p", "7171"], .strayArgument("-p")),
  ])
  func refusesWhatItDoesNotKnow(_ arguments: [String], _ error: ConfigurationError) {
    #expect(throws: error) { try Invocation(arguments) }
  }
}
