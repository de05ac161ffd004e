import EventMapping
import Ingest
import StoreInterface
import Testing

@testable import DaemonConfiguration

struct EffectiveConfigurationTests {
  private func load(
    _ arguments: [String] = [], _ environment: [String: String] = [:]
  ) async throws -> EffectiveConfiguration {
    try await EffectiveConfiguration(Invocation(arguments), environment: environment)
  }

  private func origin(of key: String, in configuration: EffectiveConfiguration) throws -> Origin {
    try configuration.origin(of: #require(SettingTable.byName[key]))
  }

  @Test func holdsTheDefaultsWhenNothingIsSaid() async throws {
    let configuration = try await load()
    for setting in SettingTable.all {
      #expect(setting.text(configuration.settings) == setting.defaultText)
      #expect(configuration.origin(of: setting) == .standard)
    }
  }

  @Test func takesEachValueFromTheFirstSourceThatHasIt() async throws {
    try await TemporaryFile.with("tcp: {port: 3, host: 127.0.0.3}\nhttp: {port: 3}\nwriters: {count: 3}\n") {
      path in
      let configuration = try await load(
        ["--config", path, "--tcp-port", "1"],
        ["SLUICE_TCP_PORT": "2", "SLUICE_TCP_HOST": "127.0.0.2", "SLUICE_HTTP_PORT": "2"])
      #expect(configuration.settings.tcp == ListenAddress(host: "127.0.0.2", port: 1))
      #expect(configuration.settings.http.port == 2)
      #expect(configuration.settings.writers == 3)
      #expect(try origin(of: "tcp.port", in: configuration) == .option("--tcp-port"))
      #expect(try origin(of: "http.port", in: configuration) == .variable("SLUICE_HTTP_PORT"))
      #expect(try origin(of: "writers.count", in: configuration) == .file(path: path, key: "writers.count"))
    }
  }

  @Test func readsTheFileThatTheEnvironmentNames() async throws {
    try await TemporaryFile.with("writers:\n  group:\n    delay: 10ms\n    bytes: 1MiB\n") { path in
      let configuration = try await load([], ["SLUICE_CONFIG": path])
      #expect(configuration.settings.group.delay == .milliseconds(10))
      #expect(configuration.settings.group.bytes == 1 << 20)
    }
  }

  @Test func readsMappingsThatTheOperatorNames() async throws {
    let yaml = "http: {port: 1, mappings: {one: 'topic=a&_time_field=t', two: topic=file, my-app: topic=c}}\n"
    try await TemporaryFile.with(yaml) { path in
      let configuration = try await load(
        ["--config", path, "--http-mappings-two", "topic=option"],
        ["SLUICE_HTTP_MAPPINGS_TWO": "topic=variable", "SLUICE_HTTP_MAPPINGS_THE_THREE": "_topic_field=k"])
      #expect(
        configuration.settings.mappings.mapValues(\.text) == [
          "one": "topic=a&_time_field=t", "two": "topic=option", "my-app": "topic=c",
          "the_three": "_topic_field=k",
        ])
      let lines = configuration.report.split(separator: "\n").filter { $0.contains("http.mappings.") }
      #expect(lines.count == 4)
      #expect(lines.contains { $0.contains("topic=option") && $0.hasSuffix("--http-mappings-two") })
    }
  }

  @Test(arguments: [
    ("app: topics=a", "\"topics\": A mapping has no such word. Did you mean topic?"),
    ("app: _time_field=t", "\"topic\": It is missing"), ("app: topic", "\"topic\": It is not NAME=VALUE."),
    ("app: topic=a&topic=b", "more than once"), ("app: {topic: a}", "where NAME has 1-63 of a-z"),
    ("App: topic=a", "where NAME has 1-63 of a-z"),
  ])
  func refusesAWrongMappingInOneLine(_ mapping: String, _ reason: String) async throws {
    try await TemporaryFile.with("http: {mappings: {\(mapping)}}\n") { path in
      let error = await #expect(throws: ConfigurationError.self) { try await load(["--config", path]) }
      let line = try #require(error).description
      #expect(line.contains(reason) && line.contains("(\(path), http.mappings."), "\(line)")
      #expect(!line.contains("\n"))
    }
  }

  @Test func readsFormerKeysOfEverySourceWithAWarning() async throws {
    let yaml = "writers: 3\ngroup: {delay: 10ms}\npayload: {type: jsonb}\n"
    try await TemporaryFile.with(yaml) { path in
      let configuration = try await load(
        ["--config", path, "--writer-way", "staged", "--group-delay=20ms"], ["SLUICE_DRAIN_SECONDS": "7"])
      #expect(configuration.settings.writers == 3)
      #expect(configuration.settings.group.delay == .milliseconds(20))
      #expect(configuration.settings.database.payloadType == .jsonb)
      #expect(configuration.settings.commitStrategy == .stagedInsert)
      #expect(configuration.settings.drain == .seconds(7))
      #expect(configuration.warnings.count == 5)
      let named = [
        "writers.count", "writers.strategy", "writers.group.delay", "store.payload.type", "timeouts.drain",
      ]
      for name in named {
        #expect(configuration.warnings.contains { $0.contains("is called \(name) now") }, "\(name)")
      }
    }
  }

  @Test func prefersTheNewNameOfAKeyToTheFormerOne() async throws {
    let configuration = try await load(["--writers", "3", "--writers-count", "5"])
    #expect(configuration.settings.writers == 5)
    #expect(configuration.warnings.isEmpty)
  }

  @Test(arguments: FormerKey.all.map(\.name)) func everyFormerKeyNamesAPresentOne(_ name: String) throws {
    let former = try #require(FormerKey.byName[name])
    #expect(SettingTable.byName[former.replacement] != nil)
    #expect(SettingTable.byName[name] == nil)
  }

  @Test(arguments: [
    ("tcp:\n  prot: 1\n", "tcp.prot", "tcp.port"), ("writers:\n  cout: 2\n", "writers.cout", "writers.count"),
    ("kafka: {brokers: [a, b]}\n", "kafka.brokers", nil),
  ])
  func refusesAnUnknownKeyInTheFile(_ yaml: String, _ key: String, _ nearest: String?) async throws {
    try await TemporaryFile.with(yaml) { path in
      await #expect(throws: ConfigurationError.unknownKey(.file(path: path, key: key), nearest: nearest)) {
        try await load(["--config", path])
      }
    }
  }

  @Test(arguments: ["", "# nothing\n", "just a text\n", "a: [\n", "- 1\n"])
  func refusesAFileThatHoldsNoKeys(_ yaml: String) async throws {
    try await TemporaryFile.with(yaml) { path in
      let error = await #expect(throws: ConfigurationError.self) { try await load(["--config", path]) }
      #expect(error?.description.hasPrefix("cannot read \(path): ") == true)
    }
  }

  @Test func refusesAMissingFile() async throws {
    let error = await #expect(throws: ConfigurationError.self) {
      try await load(["--config", "/no/such.yaml"])
    }
    #expect(error?.description.hasPrefix("cannot read /no/such.yaml: ") == true)
  }

  @Test func refusesAListWhereAValueBelongs() async throws {
    try await TemporaryFile.with("tcp: {port: [1, 2]}\n") { path in
      let error = ConfigurationError.malformed(
        key: "tcp.port", value: "a list or a mapping", expected: "a single value",
        .file(path: path, key: "tcp.port"))
      await #expect(throws: error) { try await load(["--config", path]) }
    }
  }

  @Test func namesKeyValueRangeAndOriginOfWhatIsOutOfRange() async throws {
    let error = await #expect(throws: ConfigurationError.self) {
      try await load([], ["SLUICE_TCP_PORT": "65536"])
    }
    #expect(
      error?.description == "tcp.port is 65536 (SLUICE_TCP_PORT), but must be in the range 0 to 65535")
  }

  @Test func namesWhatATextShouldHaveBeen() async throws {
    let error = await #expect(throws: ConfigurationError.self) {
      try await load(["--writers-group-delay", "5"])
    }
    #expect(
      error?.description
        == "writers.group.delay is '5' (--writers-group-delay), but must be a duration such as 250ms (units ms, s, m, h, d)"
    )
  }

  @Test func refusesAPasswordOnTheCommandLine() async throws {
    let error = await #expect(throws: ConfigurationError.self) {
      try await load(["--database-url", "postgres://app:hunter2@db/a"])
    }
    #expect(error?.description.contains("SLUICE_DATABASE_URL_FILE") == true)
    #expect(error?.description.contains("hunter2") == false)
  }

  @Test func refusesAPasswordInTheFile() async throws {
    try await TemporaryFile.with("database: {url: 'host=db password=hunter2'}\n") { path in
      let error = ConfigurationError.exposedSecret(
        key: "database.url", variable: "SLUICE_DATABASE_URL", .file(path: path, key: "database.url"))
      await #expect(throws: error) { try await load(["--config", path]) }
    }
  }

  @Test func takesAConnectionStringWithoutPasswordFromAnywhere() async throws {
    let configuration = try await load(["--database-url", "postgres://app@db/a"])
    #expect(configuration.settings.database.url == "postgres://app@db/a")
  }

  @Test func takesAPasswordFromTheEnvironment() async throws {
    let configuration = try await load([], ["DATABASE_URL": "postgres://app:hunter2@db/a"])
    #expect(configuration.settings.database.url == "postgres://app:hunter2@db/a")
  }
}
