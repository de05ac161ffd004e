import ArgumentParser

/// Lines instead of generated events.
struct InputOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Publish the events of a file, one JSON object a line (topic, event_id, timestamp, source, payload); \
      - for the standard input.
      """,
      valueName: "file"))
  var input: String?

  @Flag(help: "Stop at the first line that is no event, instead of telling it and going on.")
  var strict = false
}
