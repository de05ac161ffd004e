internal import StoreInterface
internal import TextFormats

/// The task of the daemon.
public enum DaemonCommand: String, CaseIterable, Sendable {
  /// Serves until told to stop.
  case run
  /// Prints the effective configuration, each value with its origin.
  case checkConfig = "check-config"
  /// Migrates the database's schema to the current version, and exits.
  case migrate
  /// Prints the statements that give a database role all rights of a server.
  case grants
  /// Checks the conservation law in the database.
  case audit
  /// Prunes the ledger, forgets producers and deletes expired events, once.
  case maintenance
  /// Changes or shows the credentials file.
  case credentials
  /// Asks a running daemon whether it is healthy.
  case healthcheck
  /// Makes certificates for trying TLS out.
  case devCertificates = "dev-certs"
  /// Prints the reference of all keys as Markdown.
  case configurationReference = "configuration-reference"
  /// Prints the manual page.
  case manualPage = "manual-page"
  /// Prints the completions of a shell.
  case completionScript = "completion-script"
  /// Prints the usage of the program.
  case help
  /// Prints the version.
  case version

  /// Whether the command has a result that `--json` prints as JSON. The others print a document, or serve.
  var hasJSON: Bool {
    switch self {
    case .checkConfig, .migrate, .grants, .audit, .maintenance, .credentials, .healthcheck, .devCertificates,
      .configurationReference, .version:
      true
    case .run, .manualPage, .completionScript, .help: false
    }
  }
}

/// A parsed command line: `sluiced [command] [--key value | --key=value]...`
public struct Invocation: Sendable {
  /// The command; `run` when none was given.
  public private(set) var command = DaemonCommand.run
  /// The directory of `sluiced dev-certs DIR`; nil for another command, or without it.
  public private(set) var certificateDirectory: String?
  /// The role of `sluiced grants ROLE`; nil for another command, or without it.
  public private(set) var grantedRole: String?
  /// The shell of `sluiced completion-script SHELL`; nil for another command, or without it.
  public private(set) var shell: CompletionShell?
  /// Whether the result is printed as JSON.
  public private(set) var wantsJSON = false
  /// The YAML file of `--config`.
  private(set) var configurationFile: String?
  /// The options' values by key, which may be a former key. If an option is repeated, the last value is used,
  /// so that a script can append options to a command.
  private(set) var values: [String: String] = [:]
  /// The words of `sluiced credentials`; nil for another command.
  public private(set) var credentials: CredentialsArguments?

  /// Parses `arguments`, which do not include the program's name.
  /// - Throws: `ConfigurationError` for an unknown or incomplete argument.
  public init(_ arguments: [String]) throws(ConfigurationError) {
    var rest = arguments[...]
    if let first = rest.first, !first.hasPrefix("-") {
      command = try Self.command(named: rest.removeFirst())
      let asksForHelp = rest.first == "--help" || rest.first == "-h"
      if command == .credentials, !asksForHelp { credentials = try CredentialsArguments(&rest) }
      if command == .devCertificates, let directory = rest.first, !directory.hasPrefix("-") {
        certificateDirectory = rest.removeFirst()
      }
      if command == .completionScript, let name = rest.first, let shell = CompletionShell(rawValue: name) {
        self.shell = shell
        rest.removeFirst()
      }
      if command == .grants, let role = rest.first, !role.isEmpty, !role.hasPrefix("-") {
        grantedRole = rest.removeFirst()
      }
    }
    while let argument = rest.popFirst() {
      switch argument {
      case "--help", "-h": command = .help
      case "--version": command = .version
      case Self.jsonFlag: wantsJSON = true
      case _ where argument.hasPrefix("--"): try takeOption(argument, &rest)
      default: throw .strayArgument(argument)
      }
    }
    if command == .credentials { try credentials?.check() }
    if wantsJSON { try checkJSON() }
  }

  private func checkJSON() throws(ConfigurationError) {
    guard !command.hasJSON, command != .help else { return }
    throw .contradiction(
      command == .run
        ? "--json is for commands that end; the server prints its ready line as JSON with --ready-json"
        : "sluiced \(command.rawValue) prints a document that has no JSON: leave --json out")
  }

  private mutating func takeOption(
    _ argument: String, _ rest: inout ArraySlice<String>
  ) throws(ConfigurationError) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let flag = String(parts[0])
    if flag == Self.citusFlag, command == .migrate {
      // The value may be left out, because moving the table to the workers is the usual case.
      let next = rest.first.flatMap { CitusTables(rawValue: $0) == nil ? nil : $0 }
      values[Self.citusKey] = parts.count == 2 ? String(parts[1]) : next ?? CitusTables.events.rawValue
      if parts.count == 1, next != nil { rest.removeFirst() }
      return
    }
    if credentials != nil, CredentialsArguments.flags.contains(flag) {
      guard let value = parts.count == 2 ? String(parts[1]) : rest.popFirst() else {
        throw .missingValue(option: flag)
      }
      try credentials?.take(flag, value)
      return
    }
    let name = Self.names[flag] ?? SettingTable.families.lazy.compactMap { $0.key(ofFlag: flag) }.first
    if let name, parts.count == 1, Self.isBareFlag(name, before: rest.first) {
      values[name] = "true"
      return
    }
    guard name != nil || flag == Self.configFlag else {
      let known =
        SettingTable.all.map(\.flag) + (credentials == nil ? [] : CredentialsArguments.flags)
        + [Self.configFlag, Self.jsonFlag, "--help", "--version"]
      throw .unknownKey(.option(flag), nearest: NearestName.of(flag, among: known))
    }
    guard let value = parts.count == 2 ? String(parts[1]) : rest.popFirst() else {
      throw .missingValue(option: flag)
    }
    if let name { values[name] = value } else { configurationFile = value }
  }

  /// Whether the option of the key `name` stands alone, because its value is true or false and `next` is no
  /// value.
  private static func isBareFlag(_ name: String, before next: String?) -> Bool {
    guard SettingTable.setting(called: name)?.isFlag == true else { return false }
    return next.map { $0.hasPrefix("--") } ?? true
  }

  private static func command(named name: String) throws(ConfigurationError) -> DaemonCommand {
    if let command = DaemonCommand(rawValue: name) { return command }
    throw .unknownCommand(name, nearest: NearestName.of(name, among: DaemonCommand.allCases.map(\.rawValue)))
  }

  /// `--citus` of `sluiced migrate`, which is short for the option of `citusKey`.
  private static let citusFlag = "--citus"
  private static let citusKey = "database.citus"
  private static let configFlag = "--config"
  private static let jsonFlag = "--json"
  /// The names of all keys by their options, including former keys.
  private static let names = Dictionary(
    uniqueKeysWithValues: (SettingTable.all.map(\.name) + FormerKey.all.map(\.name)).map {
      (Setting.flag(of: $0), $0)
    })
}
