internal import Ingest
internal import Principals

/// A shell that completes the words of a command line.
public enum CompletionShell: String, CaseIterable, Sendable {
  /// The GNU shell.
  case bash
  /// The Z shell.
  case zsh
  /// The friendly interactive shell.
  case fish
}

/// The completions of `sluiced` for a shell, made from the table of keys.
public struct CompletionScript: Sendable {
  /// The script, to be installed where the shell looks for completions.
  public let text: String

  /// The completions for `shell`.
  public init(_ shell: CompletionShell) {
    text =
      switch shell {
      case .bash: Self.bash
      case .zsh: Self.zsh
      case .fish: Self.fish
      }
  }

  /// The values that an option takes.
  private enum Values {
    case files
    case names([String])
    case others
  }

  private struct Option {
    /// The name with its dashes.
    let flag: String
    let sentence: String
    let values: Values
  }

  private static let options: [Option] =
    SettingTable.all.map { Option(flag: $0.flag, sentence: $0.summary, values: values(of: $0)) }
    + CredentialsArguments.flags.map { flag in
      let roles = flag == "--role" ? Values.names(Role.allCases.map(\.rawValue)) : .others
      return Option(flag: flag, sentence: "For credentials", values: roles)
    }
    + [Option(flag: "--config", sentence: "YAML file with the keys", values: .files)]

  private static func values(of setting: Setting) -> Values {
    switch setting.typeName {
    case "path": .files
    case "choice", "flag": .names((setting.allowed ?? "").split(separator: ", ").map(String.init))
    default: setting.name == "data.dir" ? .files : .others
    }
  }

  /// The words after commands that take one.
  private static let wordsAfter = [
    ("credentials", CredentialsArguments.Action.allCases.map(\.rawValue)),
    ("completion-script", CompletionShell.allCases.map(\.rawValue)),
  ]

  private static var fileFlags: [String] {
    options.compactMap { if case .files = $0.values { $0.flag } else { nil } }
  }

  private static var bash: String {
    let choices = options.compactMap { option -> String? in
      guard case .names(let names) = option.values else { return nil }
      return
        #"    \#(option.flag)) COMPREPLY=($(compgen -W "\#(names.joined(separator: " "))" -- "$cur")); return ;;"#
    }
    let others = options.compactMap { if case .others = $0.values { $0.flag } else { nil } }
    let words = wordsAfter.map {
      #"    \#($0)) COMPREPLY=($(compgen -W "\#($1.joined(separator: " "))" -- "$cur")); return ;;"#
    }
    let flags = (options.map(\.flag) + ["--json", "--help", "--version"]).joined(separator: " ")
    return """
      # Completions of sluiced for bash, written by `sluiced completion-script bash`.
      _sluiced() {
        local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
        case $prev in
          \(fileFlags.joined(separator: "|"))|dev-certs)
            # One path a line, because a path may have spaces. bash quotes it again with -o filenames.
            mapfile -t COMPREPLY < <(compgen -f -- "${cur//\\/}")
            return ;;
      \(choices.joined(separator: "\n"))
          \(others.joined(separator: "|"))) return ;;
      \(words.joined(separator: "\n"))
        esac
        if [[ $cur == -* ]]; then
          COMPREPLY=($(compgen -W "\(flags)" -- "$cur"))
        elif [ "$COMP_CWORD" -eq 1 ]; then
          COMPREPLY=($(compgen -W "\(CommandList.all.map(\.0).joined(separator: " "))" -- "$cur"))
        fi
      }
      complete -o filenames -F _sluiced sluiced

      """
  }

  private static var zsh: String {
    let commands = CommandList.all.map { "    '\($0):\(quoted(CommandList.brief($1)))'" }
    let arguments = options.map { option in
      let action =
        switch option.values {
        case .files: ":file:_files"
        case .names(let names): ":value:(\(names.joined(separator: " ")))"
        case .others: ":value: "
        }
      return "    '*\(option.flag)=[\(bracketed(CommandList.brief(option.sentence)))]\(action)'"
    }
    let words = wordsAfter.map { "    \($0)) compadd \($1.joined(separator: " ")); return ;;" }
    return """
      #compdef sluiced
      # Completions of sluiced for zsh, written by `sluiced completion-script zsh`.
      _sluiced_commands() {
        local -a commands=(
      \(commands.joined(separator: "\n"))
        )
        _describe command commands
      }
      _sluiced() {
        case ${words[CURRENT-1]} in
      \(words.joined(separator: "\n"))
          dev-certs) _files -/; return ;;
        esac
        _arguments -S '1:command:_sluiced_commands' '--json[Print the result as JSON]' '--help[Print the help]' '--version[Print the version]' \\
      \(arguments.joined(separator: " \\\n"))
      }
      _sluiced "$@"

      """
  }

  private static var fish: String {
    let isFirst = "__fish_is_first_token"
    let commands = CommandList.all.map {
      "complete -c sluiced -n \(isFirst) -a \($0) -d '\(quoted(CommandList.brief($1)))'"
    }
    let words = wordsAfter.map {
      "complete -c sluiced -n '__fish_seen_subcommand_from \($0)' -a '\($1.joined(separator: " "))'"
    }
    let flags = options.map { option in
      let values =
        switch option.values {
        case .files: "-r -F"
        case .names(let names): "-x -a '\(names.joined(separator: " "))'"
        case .others: "-x"
        }
      let sentence = quoted(CommandList.brief(option.sentence))
      return "complete -c sluiced -l \(option.flag.dropFirst(2)) \(values) -d '\(sentence)'"
    }
    return """
      # Completions of sluiced for fish, written by `sluiced completion-script fish`.
      complete -c sluiced -f
      \((commands + words + flags).joined(separator: "\n"))
      complete -c sluiced -n '__fish_seen_subcommand_from dev-certs' -F
      complete -c sluiced -l json -d 'Print the result as JSON'
      complete -c sluiced -l help -d 'Print the help'
      complete -c sluiced -l version -d 'Print the version'

      """
  }

  /// Returns text for a place between single quotes, without the characters that would end it.
  private static func quoted(_ text: String) -> String {
    text.filter { $0 != "'" && $0 != "`" && $0 != "\\" }
  }

  /// Returns text for a description of zsh in brackets.
  private static func bracketed(_ text: String) -> String {
    quoted(text).filter { $0 != "[" && $0 != "]" && $0 != ":" }
  }
}
