/// The reason why the daemon cannot be configured. The description is one line: what, where, and what to do.
public enum ConfigurationError: Error, Hashable, CustomStringConvertible {
  /// There is no such command.
  case unknownCommand(String, nearest: String?)
  /// The argument is neither a command nor an option.
  case strayArgument(String)
  /// There is no such option, environment variable or key.
  case unknownKey(Origin, nearest: String?)
  /// The option has no value.
  case missingValue(option: String)
  /// The text is not a value of the key's type.
  case malformed(key: String, value: String, expected: String, Origin)
  /// The value is outside the key's range.
  case outOfRange(key: String, value: String, allowed: String, Origin)
  /// A password is given in a place that other people can read.
  case exposedSecret(key: String, variable: String, Origin)
  /// One secret is given in two sources.
  case givenTwice(key: String, Origin, Origin)
  /// The file cannot be read or parsed.
  case unreadableFile(path: String, reason: String)
  /// The values of several keys contradict each other.
  case contradiction(String)

  /// The error as one line for people.
  public var description: String {
    switch self {
    case .unknownCommand(let name, let nearest):
      "unknown command '\(name)'\(Self.hint(nearest)); see sluiced --help"
    case .strayArgument(let argument):
      "unexpected argument '\(argument)': options are written --key value; see sluiced --help"
    case .unknownKey(let origin, let nearest):
      "unknown configuration key (\(origin))\(Self.hint(nearest)); see sluiced --help"
    case .missingValue(let option):
      "\(option) needs a value: \(option) VALUE"
    case .malformed(let key, let value, let expected, let origin):
      "\(key) is '\(value)' (\(origin)), but must be \(expected)"
    case .outOfRange(let key, let value, let allowed, let origin):
      "\(key) is \(value) (\(origin)), but must be in the range \(allowed)"
    case .exposedSecret(let key, let variable, let origin):
      "\(key) holds a password (\(origin)), which others can read there: set \(variable) instead, "
        + "or \(variable)_FILE to a file that holds it"
    case .givenTwice(let key, let one, let other):
      "\(key) is given twice (\(one); \(other)): remove one"
    case .unreadableFile(let path, let reason):
      "cannot read \(path): \(reason)"
    case .contradiction(let what): what
    }
  }

  private static func hint(_ nearest: String?) -> String {
    nearest.map { "; did you mean \($0)?" } ?? ""
  }
}
