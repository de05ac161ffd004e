import Testing

@testable import DaemonConfiguration

struct EnvironmentValuesTests {
  @Test func takesItsOwnVariablesAndLeavesTheRest() throws {
    let read = try EnvironmentValues(["SLUICE_TCP_PORT": "1", "PATH": "/bin", "SLUICEWAY": "x"])
    #expect(read.values.mapValues(\.text) == ["tcp.port": "1"])
    #expect(read.values["tcp.port"]?.origin == .variable("SLUICE_TCP_PORT"))
  }

  @Test func countsAnEmptyVariableAsUnset() throws {
    let read = try EnvironmentValues(["SLUICE_TCP_PORT": "", "SLUICE_UNHEARD_OF": "", "DATABASE_URL": ""])
    #expect(read.values.isEmpty)
  }

  @Test func namesTheNearestKnownVariable() {
    #expect(
      throws: ConfigurationError.unknownKey(.variable("SLUICE_TCP_PROT"), nearest: "SLUICE_TCP_PORT")
    ) { try EnvironmentValues(["SLUICE_TCP_PROT": "1"]) }
  }

  @Test func readsTheConventionalDatabaseVariable() throws {
    let read = try EnvironmentValues(["DATABASE_URL": "postgres://db/a"])
    #expect(read.values["database.url"]?.text == "postgres://db/a")
    #expect(read.values["database.url"]?.origin == .variable("DATABASE_URL"))
  }

  @Test func prefersItsOwnVariableToTheConventionalOne() throws {
    let read = try EnvironmentValues([
      "DATABASE_URL": "postgres://db/a", "SLUICE_DATABASE_URL": "postgres://db/b",
    ])
    #expect(read.values["database.url"]?.text == "postgres://db/b")
  }

  @Test func readsASecretFromAFileWithoutItsLastNewline() async throws {
    try await TemporaryFile.with("postgres://app:secret@db/a\n") { path in
      let read = try EnvironmentValues(["SLUICE_DATABASE_URL_FILE": path])
      #expect(read.values["database.url"]?.text == "postgres://app:secret@db/a")
      #expect(
        read.values["database.url"]?.origin == .secretFile(variable: "SLUICE_DATABASE_URL_FILE", path: path))
    }
  }

  @Test func refusesASecretGivenTwice() async throws {
    try await TemporaryFile.with("postgres://db/a") { path in
      let error = ConfigurationError.givenTwice(
        key: "database.url", .variable("SLUICE_DATABASE_URL"),
        .secretFile(variable: "SLUICE_DATABASE_URL_FILE", path: path))
      #expect(throws: error) {
        try EnvironmentValues(["SLUICE_DATABASE_URL": "postgres://db/b", "SLUICE_DATABASE_URL_FILE": path])
      }
    }
  }

  @Test func namesAFileThatIsMissing() throws {
    let error = try #require(throws: ConfigurationError.self) {
      try EnvironmentValues(["SLUICE_DATABASE_URL_FILE": "/no/such/file"])
    }
    #expect(error.description.hasPrefix("cannot read /no/such/file: "))
  }

  @Test func readsAFileOnlyForWhatMayBeSecret() {
    #expect(throws: ConfigurationError.self) {
      try EnvironmentValues(["SLUICE_TCP_PORT_FILE": "/etc/hostname"])
    }
  }
}
