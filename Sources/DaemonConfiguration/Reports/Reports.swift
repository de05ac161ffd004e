/// The output of `--help`.
public enum HelpText {
  /// Usage, commands, and every key with its default.
  public static var text: String {
    """
    sluiced \(SluiceVersion.current): stores events from many producers exactly once in Postgres

    Usage: sluiced [COMMAND] [--key VALUE | --key=VALUE]...

    Commands:
    \(lines(CommandList.all))

    Options:
    \(lines([
      ("--config FILE", "YAML file with the keys below; also SLUICE_CONFIG"),
      ("--json", "Print the result of a command as JSON"),
      ("--help, --version", "Print this, or the version"),
    ]))

    Keys, taken from the command line (--tcp-port), the environment (SLUICE_TCP_PORT), the YAML file
    (tcp.port) and the defaults, in this order. Durations are 250ms, 30s, 1h, 7d; sizes are 64MiB.
    \(lines(SettingTable.documented.map { ($0.flag, describe($0)) }))

    Exit status:
    \(lines(ExitStatus.allCases.map { (String($0.rawValue), $0.meaning) }))
    """
  }

  /// Returns what a key is, its values and its default.
  static func describe(_ setting: Setting) -> String {
    let notes = [
      setting.allowed.map { "\(setting.typeName): \($0)" } ?? setting.typeName,
      setting.defaultText.isEmpty ? nil : "default \(setting.defaultText)",
    ]
    return "\(setting.summary) (\(notes.compactMap { $0 }.joined(separator: "; ")))"
  }

  private static func lines(_ entries: [(String, String)]) -> String {
    entries.map { "  \($0)\n      \($1)" }.joined(separator: "\n")
  }
}

extension EffectiveConfiguration {
  /// The output of `check-config`: each key with its value and its origin, with secrets hidden, and the
  /// resulting bound of memory.
  public var report: String {
    let rows = keys.map { setting in
      (name: setting.name, value: shown(setting), origin: origin(of: setting).description)
    }
    let nameWidth = rows.map(\.name.count).max() ?? 0
    let valueWidth = rows.map(\.value.count).max() ?? 0
    let lines = rows.map { row in
      "\(padded(row.name, nameWidth))  \(padded(row.value, valueWidth))  \(row.origin)"
    }
    return lines.joined(separator: "\n") + "\n\nmemory by configuration, at most \(MemorySum(settings))"
  }

  /// The same as JSON. A hidden value is null.
  public var json: JSONReport {
    let rows = keys.map { setting -> JSONReport in
      let text = setting.text(settings)
      let isHidden = setting.secrecy.hides(text)
      return .object([
        "key": .string(setting.name), "value": text.isEmpty || isHidden ? .null : .string(text),
        "hidden": .boolean(isHidden), "origin": .string(origin(of: setting).description),
      ])
    }
    return .object([
      "keys": .array(rows), "warnings": .strings(warnings),
      "memory_bytes": .integer(Int64(MemorySum(settings).total)),
    ])
  }

  private func shown(_ setting: Setting) -> String {
    let text = setting.text(settings)
    if text.isEmpty { return "(unset)" }
    return setting.secrecy.hides(text) ? "(hidden)" : text
  }

  private func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
