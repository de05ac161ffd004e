/// A renamed key. The old name is read for one version, with a warning that names the new name.
struct FormerKey: Sendable {
  /// The old name.
  let name: String
  /// The name to use.
  let replacement: String
  /// Converts a value of the old key to a value of the new key. Returns unknown values unchanged.
  let convert: @Sendable (String) -> String

  private init(
    _ name: String, _ replacement: String, convert: @escaping @Sendable (String) -> String = { $0 }
  ) {
    self.name = name
    self.replacement = replacement
    self.convert = convert
  }

  /// All former keys.
  static let all = [
    FormerKey("loops", "tcp.loops"),
    FormerKey("database.schema", "store.schema"),
    FormerKey("database.isolation", "store.isolation"),
    FormerKey("payload.type", "store.payload.type"),
    FormerKey("events.index", "store.index"),
    FormerKey("writers", "writers.count"),
    FormerKey("writer.way", "writers.strategy") { formerStrategies[$0] ?? $0 },
    FormerKey("recent.keys", "writers.dedup.keys"),
    FormerKey("group.events", "writers.group.events"),
    FormerKey("group.bytes", "writers.group.bytes"),
    FormerKey("group.delay", "writers.group.delay"),
    FormerKey("timeouts.dead", "timeouts.idle"),
    // The old key took whole seconds without a unit.
    FormerKey("drain.seconds", "timeouts.drain") { $0.allSatisfy(\.isNumber) ? "\($0)s" : $0 },
  ]

  /// The former keys by their old names.
  static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

  private static let formerStrategies = [
    "straight": "directCopy", "probe": "lookupThenCopy", "staged": "stagedInsert",
  ]

  /// Returns the names under which a source may give the value of `setting`, the present name first.
  static func names(of setting: Setting) -> [String] {
    [setting.name] + all.filter { $0.replacement == setting.name }.map(\.name)
  }
}
