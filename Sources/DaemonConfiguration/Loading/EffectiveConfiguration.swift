internal import Configuration

/// The settings in effect, with the origin of each.
public struct EffectiveConfiguration: Sendable {
  /// The checked settings.
  public private(set) var settings = DaemonSettings()
  /// All keys: those of the table, then those of the families that a source has.
  private(set) var keys = SettingTable.all
  /// The origins of the values that are not defaults, by key.
  private(set) var origins: [String: Origin] = [:]
  /// A line for each former key that was read, which names the new key.
  public private(set) var warnings: [String] = []

  /// Reads the command line, the environment, the YAML file and the defaults. The first source that has a
  /// value decides.
  /// - Throws: `ConfigurationError` for the first error found.
  public init(_ invocation: Invocation, environment: [String: String]) async throws(ConfigurationError) {
    let environment = try EnvironmentValues(environment)
    var layers = [
      Layer(provider: Self.provider("command line", invocation.values)) { .option(Setting.flag(of: $0)) },
      Layer(provider: Self.provider("environment", environment.values.mapValues(\.text))) { name in
        environment.values[name]?.origin ?? .variable(Setting.variable(of: name))
      },
    ]
    var names = Set(invocation.values.keys).union(environment.values.keys)
    if let path = invocation.configurationFile ?? environment.configurationFile {
      let file = try await ConfigurationFile.provider(path: path)
      layers.append(Layer(provider: file.provider) { .file(path: path, key: $0) })
      names.formUnion(file.keys)
    }
    keys += names.sorted().compactMap { name in
      SettingTable.families.lazy.compactMap { $0.setting(called: name) }.first
    }
    for setting in keys { try apply(setting, from: layers) }
    try SettingRules.check(settings, listens: [.run, .checkConfig].contains(invocation.command))
  }

  /// Returns the origin of the value of `setting`.
  func origin(of setting: Setting) -> Origin { origins[setting.name] ?? .standard }

  private mutating func apply(_ setting: Setting, from layers: [Layer]) throws(ConfigurationError) {
    for layer in layers {
      guard let (name, text) = try layer.value(of: setting) else { continue }
      let origin = layer.origin(name)
      if name != setting.name {
        warnings.append(
          "\(name) (\(origin)) is called \(setting.name) now: use the new name, the old name will be removed")
      }
      try Self.checkSecrecy(of: setting, text, origin)
      do {
        try setting.assign(text, &settings)
      } catch {
        throw Self.explained(error, setting, text, origin)
      }
      origins[setting.name] = origin
      return
    }
  }

  private static func checkSecrecy(
    of setting: Setting, _ text: String, _ origin: Origin
  ) throws(ConfigurationError) {
    switch origin {
    case .option, .file:
      guard setting.secrecy.hides(text) else { return }
      throw .exposedSecret(key: setting.name, variable: setting.variable, origin)
    case .variable, .secretFile, .standard: return
    }
  }

  private static func explained(
    _ problem: ValueProblem, _ setting: Setting, _ text: String, _ origin: Origin
  ) -> ConfigurationError {
    // A malformed value may hold a secret in an unexpected place, so it is hidden.
    let value = setting.secrecy == .open ? text : "(hidden)"
    return switch problem {
    case .malformed(let expected):
      .malformed(key: setting.name, value: value, expected: expected, origin)
    case .outOfRange(let allowed):
      .outOfRange(key: setting.name, value: value, allowed: allowed, origin)
    }
  }

  private static func provider(_ name: String, _ values: [String: String]) -> InMemoryProvider {
    let pairs = values.map { name, text in
      (AbsoluteConfigKey(ConfigKey(name)), ConfigValue(.string(text), isSecret: SettingTable.isSecret(name)))
    }
    return InMemoryProvider(name: name, values: Dictionary(uniqueKeysWithValues: pairs))
  }
}

/// A source of values.
private struct Layer {
  let provider: any ConfigProvider
  /// Returns the origin of the value of a key, which may be a former key.
  let origin: (String) -> Origin

  /// Returns this source's text for `setting`, and the name under which the source has it; nil when the
  /// source has no text.
  func value(of setting: Setting) throws(ConfigurationError) -> (name: String, text: String)? {
    for name in FormerKey.names(of: setting) {
      guard let text = try text(of: name) else { continue }
      return (name, FormerKey.byName[name]?.convert(text) ?? text)
    }
    return nil
  }

  private func text(of name: String) throws(ConfigurationError) -> String? {
    do {
      let found = try provider.value(forKey: AbsoluteConfigKey(ConfigKey(name)), type: .string)
      guard case .string(let text)? = found.value?.content else { return nil }
      return text
    } catch {
      throw .malformed(key: name, value: "a list or a mapping", expected: "a single value", origin(name))
    }
  }
}
