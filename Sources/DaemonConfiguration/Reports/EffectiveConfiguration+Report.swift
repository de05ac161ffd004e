extension EffectiveConfiguration {
  /// What `check-config` prints: each key with its value and its origin, secrets hidden, and the
  /// memory that follows.
  public var report: String {
    let rows = SettingTable.all.map { setting in
      (name: setting.name, value: shown(setting), origin: origin(of: setting).description)
    }
    let nameWidth = rows.map(\.name.count).max() ?? 0
    let valueWidth = rows.map(\.value.count).max() ?? 0
    let lines = rows.map { row in
      "\(padded(row.name, nameWidth))  \(padded(row.value, valueWidth))  \(row.origin)"
    }
    return lines.joined(separator: "\n") + "\n\nmemory by configuration, at most \(MemorySum(settings))"
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
