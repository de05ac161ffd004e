/// The source of a value.
public enum Origin: Hashable, Sendable, CustomStringConvertible {
  /// An option, such as `--tcp-port`.
  case option(String)
  /// An environment variable, such as `SLUICE_TCP_PORT`.
  case variable(String)
  /// The file at `path`, which is named by the environment variable `variable`.
  case secretFile(variable: String, path: String)
  /// A key of the YAML file at `path`.
  case file(path: String, key: String)
  /// The default value, because no source has a value.
  case standard

  /// The origin as an operator would name it.
  public var description: String {
    switch self {
    case .option(let option): option
    case .variable(let variable): variable
    case .secretFile(let variable, let path): "\(variable), file \(path)"
    case .file(let path, let key): "\(path), \(key)"
    case .standard: "default"
    }
  }
}
