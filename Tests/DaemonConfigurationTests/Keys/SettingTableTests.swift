import Testing

@testable import DaemonConfiguration

struct SettingTableTests {
  @Test func namesEachKeyOnce() {
    #expect(Set(SettingTable.all.map(\.name)).count == SettingTable.all.count)
    #expect(Set(SettingTable.all.map(\.flag)).count == SettingTable.all.count)
    #expect(Set(SettingTable.all.map(\.variable)).count == SettingTable.all.count)
  }

  /// In YAML a key cannot hold a value and other keys at once.
  @Test func noKeyLiesInsideAnother() {
    for outer in SettingTable.all {
      for inner in SettingTable.all {
        #expect(!inner.name.hasPrefix(outer.name + "."))
      }
    }
  }

  @Test(arguments: [
    ("tcp.port", "--tcp-port", "SLUICE_TCP_PORT"),
    ("limits.batch.events", "--limits-batch-events", "SLUICE_LIMITS_BATCH_EVENTS"),
  ])
  func derivesTheOtherNames(_ name: String, _ flag: String, _ variable: String) throws {
    let setting = try #require(SettingTable.byName[name])
    #expect(setting.flag == flag)
    #expect(setting.variable == variable)
  }

  @Test func acceptsItsOwnDefaults() throws {
    for setting in SettingTable.all where !setting.defaultText.isEmpty {
      var settings = DaemonSettings()
      try setting.assign(setting.defaultText, &settings)
      #expect(setting.text(settings) == setting.defaultText, "\(setting.name)")
    }
  }

  /// A copied line that still points at its neighbour's field would change two texts, or none.
  @Test func eachKeyHasAFieldOfItsOwn() throws {
    let samples = [
      "7", "77", "1000", "5KiB", "5MiB", "2GiB", "700ms", "7s", "40d", "serializable", "stagedInsert",
      "jsonb", "none", "events", "json", "1.2",
      "debug", "true", "false", "https://a.example", "host=/nowhere",
    ]
    for setting in SettingTable.all {
      let changed = samples.lazy.compactMap { sample -> DaemonSettings? in
        var settings = DaemonSettings()
        guard (try? setting.assign(sample, &settings)) != nil else { return nil }
        return setting.text(settings) == setting.defaultText ? nil : settings
      }
      let settings = try #require(changed.first, "no sample fits \(setting.name)")
      let names = SettingTable.all.filter { $0.text(settings) != $0.defaultText }.map(\.name)
      #expect(names == [setting.name])
    }
  }

  @Test func acceptsBothEndsOfEachRangeAndNothingBeyond() throws {
    for setting in SettingTable.all
    where !["choice", "flag", "name", "names", "origins", "path", "text"].contains(setting.typeName) {
      let allowed = try #require(setting.allowed)
      let ends = allowed.replacing("off, or ", with: "").split(separator: " to ").map(String.init)
      for end in ends {
        var settings = DaemonSettings()
        try setting.assign(end, &settings)
        #expect(setting.text(settings) == end, "\(setting.name)")
      }
      // Ten times the upper end, whatever its unit.
      let beyond = try #require(ends.last).replacing(/^[0-9]+/) { "\($0.output)0" }
      #expect(throws: ValueProblem.outOfRange(allowed: ends.joined(separator: " to ")), "\(setting.name)") {
        var settings = DaemonSettings()
        try setting.assign(beyond, &settings)
      }
    }
  }

  @Test(arguments: ["retention.age", "retention.dead.age"])
  func turnsRetentionOffAndOn(_ key: String) throws {
    let setting = try #require(SettingTable.byName[key])
    var settings = DaemonSettings()
    #expect(setting.defaultText == "off")
    try setting.assign("7d", &settings)
    #expect(setting.text(settings) == "7d")
    try setting.assign("off", &settings)
    #expect(setting.text(settings) == "off")
  }

  @Test func hidesOnlyTheConnectionString() {
    #expect(SettingTable.all.filter { SettingTable.isSecret($0.name) }.map(\.name) == ["database.url"])
    #expect(SettingTable.isSecret("no.such.key"))
  }

  @Test func keepsTheNamesThatScriptsRelyOn() {
    let relied: Set = [
      "tcp.host", "tcp.port", "http.host", "http.port", "database.url", "data.dir", "store.schema",
      "store.isolation", "store.payload.type", "store.index", "writers.count", "writers.strategy",
      "queue.bytes", "queue.batches", "ledger.keep", "producers.keep", "conflicts.detect", "retention.age",
      "http.cors.origins", "tail.poll", "writers.group.events", "writers.group.bytes", "writers.group.delay",
      "ingest.memory",
      "timeouts.drain", "log.level", "log.format",
    ]
    #expect(relied.subtracting(SettingTable.byName.keys).isEmpty)
  }
}
