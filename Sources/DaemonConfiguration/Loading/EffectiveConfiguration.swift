internal import Configuration

/// The settings that hold, and where each came from.
public struct EffectiveConfiguration: Sendable {
  /// The settings, checked.
  public private(set) var settings = DaemonSettings()
  /// Where the values that are not defaults came from, by key.
  private(set) var origins: [String: Origin] = [:]

  /// Reads the command line, the environment, the YAML file and the defaults; the first that has a
  /// value wins.
  /// - Throws: `ConfigurationError` for the first thing that is wrong.
  public init(_ invocation: Invocation, environment: [String: String]) async throws(ConfigurationError) {
    let environment = try EnvironmentValues(environment)
    var layers = [
      Layer(provider: Self.provider("command line", invocation.values)) { .option($0.flag) },
      Layer(provider: Self.provider("environment", environment.values.mapValues(\.text))) { setting in
        environment.values[setting.name]?.origin ?? .variable(setting.variable)
      },
    ]
    if let path = invocation.configurationFile ?? environment.configurationFile {
      let file = try await ConfigurationFile.provider(path: path)
      layers.append(Layer(provider: file) { .file(path: path, key: $0.name) })
    }
    for setting in SettingTable.all { try apply(setting, from: layers) }
    try SettingRules.check(settings)
  }

  /// Where the value of `setting` came from.
  func origin(of setting: Setting) -> Origin { origins[setting.name] ?? .standard }

  private mutating func apply(_ setting: Setting, from layers: [Layer]) throws(ConfigurationError) {
    for layer in layers {
      let origin = layer.origin(setting)
      guard let text = try layer.text(of: setting) else { continue }
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
    let value = setting.secrecy.hides(text) ? "(hidden)" : text
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

/// One source of values.
private struct Layer {
  let provider: any ConfigProvider
  let origin: (Setting) -> Origin

  /// The text that this source has for `setting`; nil when it has none.
  func text(of setting: Setting) throws(ConfigurationError) -> String? {
    do {
      let found = try provider.value(forKey: AbsoluteConfigKey(ConfigKey(setting.name)), type: .string)
      guard case .string(let text)? = found.value?.content else { return nil }
      return text
    } catch {
      throw .malformed(
        key: setting.name, value: "a list or a mapping", expected: "a single value", origin(setting))
    }
  }
}
