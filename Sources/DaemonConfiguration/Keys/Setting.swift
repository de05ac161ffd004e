/// One key: its names, its type and range, its field in `DaemonSettings`, and a sentence about it.
struct Setting: Sendable {
  /// The key, nouns from the general to the particular: `tcp.port`.
  let name: String
  /// The type's name.
  let typeName: String
  /// The values that are allowed, for people.
  let allowed: String?
  /// Whether the value may hold a secret.
  let secrecy: Secrecy
  /// What it is, in a sentence without a full stop.
  let summary: String
  /// Reads a text into the key's field.
  let assign: @Sendable (String, inout DaemonSettings) throws(ValueProblem) -> Void
  /// The field's value as text; "" when it is absent.
  let text: @Sendable (DaemonSettings) -> String

  /// The key of the field at `path`, read and written by `format`.
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

  /// The option on the command line: `--tcp-port`.
  var flag: String { "--" + name.map { $0 == "." ? "-" : String($0) }.joined() }

  /// The environment variable: `SLUICE_TCP_PORT`.
  var variable: String { "SLUICE_" + name.map { $0 == "." ? "_" : $0.uppercased() }.joined() }

  /// The environment variable that names a file with the value, where the value may be secret.
  var fileVariable: String? { secrecy == .open ? nil : variable + "_FILE" }

  /// The default as text; "" when there is none.
  var defaultText: String { text(DaemonSettings()) }
}

/// Whether a value may hold a secret, and then where it may stand and whether it is shown.
enum Secrecy: Sendable {
  /// Nothing to hide.
  case open
  /// A connection string: secret as soon as there is a password in it.
  case connectionString

  /// Whether `text` must stay out of command lines, configuration files and whatever is printed.
  func hides(_ text: String) -> Bool {
    switch self {
    case .open: false
    case .connectionString: ConnectionString.holdsPassword(text)
    }
  }
}
