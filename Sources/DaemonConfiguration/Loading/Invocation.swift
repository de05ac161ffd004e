/// What the daemon is to do.
public enum DaemonCommand: String, CaseIterable, Sendable {
  /// Serve until told to stop.
  case run
  /// Print the effective configuration, each value with its origin.
  case checkConfig = "check-config"
  /// Bring the database's schema up to date, and stop.
  case migrate
  /// Check the conservation law in the database.
  case audit
  /// Prune the ledger, forget producers and delete what is too old, once.
  case maintenance
  /// Ask a running daemon how it is.
  case healthcheck
  /// Print the reference of all keys as Markdown.
  case configurationReference = "configuration-reference"
  /// Print how the program is used.
  case help
  /// Print the version.
  case version
}

/// A command line, taken apart: `sluiced [command] [--key value | --key=value]...`
public struct Invocation: Sendable {
  /// The command; `run` when none was given.
  public private(set) var command = DaemonCommand.run
  /// The YAML file of `--config`.
  private(set) var configurationFile: String?
  /// The options' values by key. The last one wins, so that a script can append to a command.
  private(set) var values: [String: String] = [:]

  /// Takes `arguments` apart, without the program's name.
  /// - Throws: `ConfigurationError` for what is unknown or incomplete.
  public init(_ arguments: [String]) throws(ConfigurationError) {
    var rest = arguments[...]
    if let first = rest.first, !first.hasPrefix("-") {
      command = try Self.command(named: rest.removeFirst())
    }
    while let argument = rest.popFirst() {
      switch argument {
      case "--help", "-h": command = .help
      case "--version": command = .version
      case _ where argument.hasPrefix("--"): try takeOption(argument, &rest)
      default: throw .strayArgument(argument)
      }
    }
  }

  private mutating func takeOption(
    _ argument: String, _ rest: inout ArraySlice<String>
  ) throws(ConfigurationError) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let flag = String(parts[0])
    let setting = Self.settings[flag]
    guard setting != nil || flag == Self.configFlag else {
      let known = Array(Self.settings.keys) + [Self.configFlag, "--help", "--version"]
      throw .unknownKey(.option(flag), nearest: NearestName.of(flag, among: known))
    }
    guard let value = parts.count == 2 ? String(parts[1]) : rest.popFirst() else {
      throw .missingValue(option: flag)
    }
    if let setting { values[setting.name] = value } else { configurationFile = value }
  }

  private static func command(named name: String) throws(ConfigurationError) -> DaemonCommand {
    if let command = DaemonCommand(rawValue: name) { return command }
    throw .unknownCommand(name, nearest: NearestName.of(name, among: DaemonCommand.allCases.map(\.rawValue)))
  }

  private static let configFlag = "--config"
  private static let settings = Dictionary(uniqueKeysWithValues: SettingTable.all.map { ($0.flag, $0) })
}
