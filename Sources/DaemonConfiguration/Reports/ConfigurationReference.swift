/// The reference of all keys: what `spec/configuration.md` holds.
public enum ConfigurationReference {
  /// The whole document as Markdown.
  public static var markdown: String {
    """
    # Configuration of sluiced

    <!-- Written by `sluiced configuration-reference`; a test compares this file with the table of keys. -->

    A value is taken from the first of these that has it:

    1. the command line: `--tcp-port 7171` or `--tcp-port=7171`;
    2. the environment: `SLUICE_TCP_PORT=7171` (an empty variable counts as unset);
    3. the YAML file that `--config FILE` or `SLUICE_CONFIG` names, where the key `tcp.port` is `port:` inside `tcp:`;
    4. the default.

    An unknown option, `SLUICE_…` variable or YAML key is an error that names the nearest known one, and a value out
    of its range is an error that says where it came from. `sluiced check-config` prints what holds, and why.

    Durations are written `250ms`, `30s`, `5m`, `1h`, `7d`; sizes `64MiB` (units `B`, `KiB`, `MiB`, `GiB`, or bytes without one).

    Secrets come from the environment or from a file, never from the command line or the YAML file: where a
    connection string with a password is refused, set the variable instead, or the variable with `_FILE` appended to the
    path of a file that holds the value. `DATABASE_URL` is read where `database.url` has no other value in the environment.

    | key | type | values | default | what it is |
    |---|---|---|---|---|
    \(SettingTable.all.map(row).joined(separator: "\n"))

    ## Rules between keys

    - `limits.batch.body` + `limits.batch.raw` <= `ingest.memory`: one largest frame must fit.
    - `limits.batch.raw` <= `queue.bytes` and <= `limits.credit.bytes`: a largest batch must be able to pass.
    - `limits.payload.bytes` <= `limits.batch.raw`.
    - `http.body.bytes` <= `http.body.memory`.
    - Twice `http.page.bytes`, and twice `limits.payload.bytes`, <= `http.page.memory`.
    - `timeouts.heartbeat` < `timeouts.dead`.

    The memory that follows from the settings is 35/32 of `ingest.memory` + `http.body.memory` + `http.page.memory` + `tail.subscribers` x `tail.buffer` +
    `limits.connections` x 16KiB; the daemon logs the sum when it starts.

    ## Exit status of sluiced

    | status | meaning |
    |---|---|
    \(ExitStatus.allCases.map { "| \($0.rawValue) | \($0.meaning) |" }.joined(separator: "\n"))

    """
  }

  private static func row(_ setting: Setting) -> String {
    let standard = setting.defaultText.isEmpty ? "unset" : "`\(setting.defaultText)`"
    return "| `\(setting.name)` | \(setting.typeName) | \(setting.allowed ?? "any") | \(standard) "
      + "| \(setting.summary) |"
  }
}
