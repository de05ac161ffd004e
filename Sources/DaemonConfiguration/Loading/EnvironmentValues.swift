internal import Foundation
internal import TextFormats

/// The values from the environment: `SLUICE_…` for each key, `SLUICE_…_FILE` for secrets, and `DATABASE_URL`.
///
/// An empty variable counts as unset, because `${NAME:-}` in a compose file produces empty variables.
struct EnvironmentValues {
  /// The YAML file of `SLUICE_CONFIG`, for containers whose command line is fixed.
  private(set) var configurationFile: String?
  /// The values by key, which may be a former key, with the variable that each value came from.
  private(set) var values: [String: (text: String, origin: Origin)] = [:]

  private static let prefix = "SLUICE_"
  private static let configVariable = "SLUICE_CONFIG"
  private static let settings = Dictionary(uniqueKeysWithValues: SettingTable.all.map { ($0.variable, $0) })
  private static let formerNames = Dictionary(
    uniqueKeysWithValues: FormerKey.all.map { (Setting.variable(of: $0.name), $0.name) })
  private static let fileSettings = Dictionary(
    uniqueKeysWithValues: SettingTable.all.compactMap { setting in setting.fileVariable.map { ($0, setting) }
    })

  /// Reads `environment`, and the files that its variables name.
  /// - Throws: `ConfigurationError` for an unknown `SLUICE_…` variable, a secret that is given twice, and an
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
    } else if let former = Self.formerNames[variable] {
      values[former] = (text, .variable(variable))
    } else if let key = SettingTable.families.lazy.compactMap({ $0.key(ofVariable: variable) }).first {
      values[key] = (text, .variable(variable))
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

  /// Returns the text of a secret's file, without the newline that editors add.
  private static func contents(of path: String) throws(ConfigurationError) -> String {
    do {
      let text = try String(contentsOfFile: path, encoding: .utf8)
      return text.trimmingCharacters(in: .newlines)
    } catch {
      throw .unreadableFile(path: path, reason: error.localizedDescription)
    }
  }
}
