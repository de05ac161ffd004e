internal import Foundation

/// What the environment says: `SLUICE_…` for each key, `SLUICE_…_FILE` for secrets, and `DATABASE_URL`.
///
/// An empty variable counts as unset, since `${NAME:-}` in a compose file produces them.
struct EnvironmentValues {
  /// The YAML file of `SLUICE_CONFIG`, for containers whose command line is fixed.
  private(set) var configurationFile: String?
  /// The values by key, with the variable each came from.
  private(set) var values: [String: (text: String, origin: Origin)] = [:]

  private static let prefix = "SLUICE_"
  private static let configVariable = "SLUICE_CONFIG"
  private static let settings = Dictionary(uniqueKeysWithValues: SettingTable.all.map { ($0.variable, $0) })
  private static let fileSettings = Dictionary(
    uniqueKeysWithValues: SettingTable.all.compactMap { setting in setting.fileVariable.map { ($0, setting) }
    })

  /// Reads `environment`, and the files that it names.
  /// - Throws: `ConfigurationError` for an unknown `SLUICE_…` variable, a secret given twice and an
  ///   unreadable file.
  init(_ environment: [String: String]) throws(ConfigurationError) {
    for (variable, text) in environment.sorted(by: { $0.key < $1.key }) where !text.isEmpty {
      guard variable.hasPrefix(Self.prefix) else { continue }
      try take(variable, text)
    }
    if values["database.url"] == nil, let url = environment["DATABASE_URL"], !url.isEmpty {
      values["database.url"] = (url, .variable("DATABASE_URL"))
    }
  }

  private mutating func take(_ variable: String, _ text: String) throws(ConfigurationError) {
    if variable == Self.configVariable {
      configurationFile = text
    } else if let setting = Self.settings[variable] {
      try set(setting, text, .variable(variable))
    } else if let setting = Self.fileSettings[variable] {
      try set(setting, Self.contents(of: text), .secretFile(variable: variable, path: text))
    } else {
      let known = Array(Self.settings.keys) + Array(Self.fileSettings.keys) + [Self.configVariable]
      throw .unknownKey(.variable(variable), nearest: NearestName.of(variable, among: known))
    }
  }

  private mutating func set(_ setting: Setting, _ text: String, _ origin: Origin) throws(ConfigurationError) {
    if let other = values[setting.name] { throw .givenTwice(key: setting.name, other.origin, origin) }
    values[setting.name] = (text, origin)
  }

  /// The text of a secret's file, without the newline that editors add.
  private static func contents(of path: String) throws(ConfigurationError) -> String {
    do {
      let text = try String(contentsOfFile: path, encoding: .utf8)
      return text.trimmingCharacters(in: .newlines)
    } catch {
      throw .unreadableFile(path: path, reason: error.localizedDescription)
    }
  }
}
