/// One key: its names, its type and range, its field in `DaemonSettings`, and a one-sentence summary.
struct Setting: Sendable {
  /// The key, with nouns from the general to the particular: `tcp.port`.
  let name: String
  /// The name of the value's type.
  let typeName: String
  /// The allowed values, for people; nil when there is no restriction to describe.
  let allowed: String?
  /// Whether the value may hold a secret.
  let secrecy: Secrecy
  /// A description of the value, in a sentence without a full stop.
  let summary: String
  /// Parses a text and stores the value in the key's field.
  let assign: @Sendable (String, inout DaemonSettings) throws(ValueProblem) -> Void
  /// Returns the field's value as text; "" when the value is absent.
  let text: @Sendable (DaemonSettings) -> String

  /// A key for the field at `path`, read and written by `format`.
  init<Value>(
    _ name: String, _ path: any WritableKeyPath<DaemonSettings, Value> & Sendable,
    _ format: ValueFormat<Value>,
    _ summary: String, secrecy: Secrecy = .open
  ) {
    self.name = name
    self.typeName = format.typeName
    self.allowed = format.allowed
    self.secrecy = secrecy
    self.summary = summary
    assign = { (text, settings) throws(ValueProblem) in settings[keyPath: path] = try format.read(text) }
    text = { settings in format.write(settings[keyPath: path]) }
  }

  /// Whether the value is true or false, so that the option may stand alone for true.
  var isFlag: Bool { typeName == ValueFormat<Bool>.flag.typeName }

  /// The command-line option: `--tcp-port`.
  var flag: String { Self.flag(of: name) }

  /// The environment variable: `SLUICE_TCP_PORT`.
  var variable: String { Self.variable(of: name) }

  /// Returns the command-line option of the key `name`.
  static func flag(of name: String) -> String { "--" + name.map { $0 == "." ? "-" : String($0) }.joined() }

  /// Returns the environment variable of the key `name`.
  static func variable(of name: String) -> String {
    "SLUICE_" + name.map { $0 == "." ? "_" : $0.uppercased() }.joined()
  }

  /// The environment variable that names a file with the value; nil when the value is never secret.
  var fileVariable: String? { secrecy == .open ? nil : variable + "_FILE" }

  /// The default value as text; "" when there is no default.
  var defaultText: String { text(DaemonSettings()) }
}

/// Whether a value may hold a secret. A secret value is restricted in its sources and is never shown.
enum Secrecy: Sendable {
  /// The value is never secret.
  case open
  /// A connection string, which is secret when it holds a password.
  case connectionString

  /// Whether `text` must stay out of command lines, configuration files and all output.
  func hides(_ text: String) -> Bool {
    switch self {
    case .open: false
    case .connectionString: ConnectionString.holdsPassword(text)
    }
  }
}
