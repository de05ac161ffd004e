/// The reference of all keys, which is the content of `spec/configuration.md`.
public enum ConfigurationReference {
  /// The whole document as Markdown.
  public static var markdown: String {
    """
    # Configuration of sluiced

    <!-- Written by `sluiced configuration-reference`; a test compares this file with the table of keys. -->

    The value of a key comes from the first of these sources that has the key:

    1. the command line: `--tcp-port 7171` or `--tcp-port=7171`;
    2. the environment: `SLUICE_TCP_PORT=7171` (an empty variable counts as unset);
    3. the YAML file that `--config FILE` or `SLUICE_CONFIG` names, where the key `tcp.port` is `port:` inside `tcp:`;
    4. the default.

    An unknown option, `SLUICE_…` variable or YAML key is an error that names the nearest known name. A value outside
    its range is an error that names the value's source. `sluiced check-config` prints each effective value and its
    source.

    Durations are written `250ms`, `30s`, `5m`, `1h`, `7d`. Sizes are written `64MiB`, with the units `B`, `KiB`, `MiB` and
    `GiB`; a number without a unit is in bytes.

    Secrets come from the environment or from a file, never from the command line or the YAML file. If a connection
    string with a password is refused, set the environment variable instead. Or set the variable with `_FILE` appended to
    the path of a file that holds the value. `DATABASE_URL` is read if no other variable gives `database.url`.

    | key | type | values | default | what it is |
    |---|---|---|---|---|
    \(SettingTable.documented.map(row).joined(separator: "\n"))

    In `http.mappings.NAME`, NAME has \(SettingFamily.allowedNames). There may be any number of these keys. A variable
    gives the name in capital letters, which are read as small ones: `SLUICE_HTTP_MAPPINGS_APP` sets `http.mappings.app`.
    The words are those of [event mapping](event-mapping.md), without percent signs as escapes. A mapping that lacks a
    topic, or has a wrong word, ends the start with one line.

    ## Rules between keys

    \(SettingRules.all.map { "- \($0.text)" }.joined(separator: "\n"))

    ## Memory

    The most memory that load may take is the sum of these terms. The daemon logs the sum when it starts, and
    `sluiced check-config` prints it.

    | term | bytes |
    |---|---|
    \(MemorySum.terms.map { "| \($0.name) | \($0.text) |" }.joined(separator: "\n"))

    ## Former keys

    These names are read for one version, with a warning.

    | former key | key |
    |---|---|
    \(FormerKey.all.map { "| `\($0.name)` | `\($0.replacement)` |" }.joined(separator: "\n"))

    ## Exit status of sluiced

    | status | meaning |
    |---|---|
    \(ExitStatus.allCases.map { "| \($0.rawValue) | \($0.meaning) |" }.joined(separator: "\n"))

    """
  }

  /// The keys as JSON, one object each.
  public static var json: JSONReport {
    .array(
      SettingTable.documented.map { setting in
        .object([
          "key": .string(setting.name), "option": .string(setting.flag),
          "variable": .string(setting.variable),
          "type": .string(setting.typeName), "values": .optional(setting.allowed),
          "default": setting.defaultText.isEmpty ? .null : .string(setting.defaultText),
          "summary": .string(setting.summary),
        ])
      })
  }

  private static func row(_ setting: Setting) -> String {
    let standard = setting.defaultText.isEmpty ? "unset" : "`\(setting.defaultText)`"
    return "| `\(setting.name)` | \(setting.typeName) | \(setting.allowed ?? "any") | \(standard) "
      + "| \(setting.summary) |"
  }
}
