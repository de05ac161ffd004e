import Testing

@testable import DaemonConfiguration

/// Texts of the errors: one line that says what is wrong, where, and what the operator can do.
struct ConfigurationErrorTests {
  @Test(arguments: [
    (
      ConfigurationError.unknownCommand("adit", nearest: "audit"),
      "unknown command 'adit'; did you mean audit?; see sluiced --help"
    ),
    (
      .strayArgument("7171"),
      "unexpected argument '7171': options are written --key value; see sluiced --help"
    ),
    (
      .unknownKey(.variable("SLUICE_TCP_PROT"), nearest: "SLUICE_TCP_PORT"),
      "unknown configuration key (SLUICE_TCP_PROT); did you mean SLUICE_TCP_PORT?; see sluiced --help"
    ),
    (
      .unknownKey(.file(path: "a.yaml", key: "kafka.brokers"), nearest: nil),
      "unknown configuration key (a.yaml, kafka.brokers); see sluiced --help"
    ),
    (.missingValue(option: "--tcp-port"), "--tcp-port needs a value: --tcp-port VALUE"),
    (
      .malformed(key: "writers.count", value: "two", expected: "a whole number", .option("--writers-count")),
      "writers.count is 'two' (--writers-count), but must be a whole number"
    ),
    (
      .outOfRange(
        key: "writers.count", value: "65", allowed: "1 to 64", .file(path: "a.yaml", key: "writers.count")),
      "writers.count is 65 (a.yaml, writers.count), but must be in the range 1 to 64"
    ),
    (
      .exposedSecret(key: "database.url", variable: "SLUICE_DATABASE_URL", .option("--database-url")),
      "database.url holds a password (--database-url), which others can read there: set SLUICE_DATABASE_URL"
        + " instead, or SLUICE_DATABASE_URL_FILE to a file that holds it"
    ),
    (
      .givenTwice(
        key: "database.url", .variable("SLUICE_DATABASE_URL"),
        .secretFile(variable: "SLUICE_DATABASE_URL_FILE", path: "/run/secrets/db")),
      "database.url is given twice (SLUICE_DATABASE_URL; SLUICE_DATABASE_URL_FILE, file /run/secrets/db):"
        + " remove one"
    ),
    (.unreadableFile(path: "a.yaml", reason: "no such file"), "cannot read a.yaml: no such file"),
    (.contradiction("one and two"), "one and two"),
  ])
  func saysWhatWhereAndWhatToDo(_ error: ConfigurationError, _ line: String) {
    #expect(error.description == line)
    #expect(!line.contains("\n"))
  }
}
