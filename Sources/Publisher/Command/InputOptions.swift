import ArgumentParser
import ClientLib
import CommandSupport

/// Options for events from files.
struct InputOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Publish the events of a file, one JSON object a line (topic, event_id, timestamp, source, payload); \
      - is the standard input. A file of gzip or Zstandard is expanded.
      """,
      valueName: "file"), completion: .file())
  var input: String?

  @Flag(help: "Stop at the first line that is not an event, instead of reporting it and going on.")
  var strict = false

  @Option(
    help: ArgumentHelp(
      """
      Publish the lines of a file as it grows, until the command is stopped; or of all files that match a pattern with \
      *, ? or [...]. Repeat the option for several. Rotated files are read to their end.
      """,
      valueName: "file|pattern"), completion: .file())
  var follow: [String] = []

  @Option(
    help: ArgumentHelp(
      """
      With --follow: keep in this file how far the files are published, so that the next run goes on from there. \
      Each run needs a file of its own.
      """,
      valueName: "file"), completion: .file())
  var state: String?

  @Option(
    name: .customLong("rotate-wait"),
    help: ArgumentHelp(
      "With --follow: a rotated file is finished when it did not change for this time.", valueName: "duration"
    ))
  var rotateWait: DurationArgument?

  @Option(
    help: ArgumentHelp(
      """
      With --follow: look for changes at this interval, instead of waiting for reports of the system. Network file \
      systems need it.
      """,
      valueName: "duration"))
  var poll: DurationArgument?

  /// The files to follow; nil without `--follow`.
  var followPlan: FollowPlan? {
    guard !follow.isEmpty, let state else { return nil }
    var plan = FollowPlan(patterns: follow, state: state)
    if let rotateWait { plan.rotateWait = rotateWait.duration }
    plan.poll = poll?.duration
    return plan
  }

  func validate() throws {
    guard follow.isEmpty == (state == nil) else {
      throw ValidationError(
        follow.isEmpty
          ? "--state needs --follow."
          : "--follow needs --state, the file that keeps how far the files are published.")
    }
    guard !follow.contains(""), state != "" else { throw ValidationError("--follow and --state take paths.") }
    guard !follow.isEmpty || (rotateWait == nil && poll == nil) else {
      throw ValidationError("--rotate-wait and --poll need --follow.")
    }
    guard follow.isEmpty || input == nil else {
      throw ValidationError("--follow and --input exclude each other; use one of them.")
    }
    guard !strict || !follow.isEmpty || input != nil else {
      throw ValidationError("--strict needs --input or --follow.")
    }
  }

  /// Rejects options of generated events, and for followed files all options that give up batches.
  func validate(with load: LoadOptions, _ buffering: BufferingOptions) throws {
    guard !follow.isEmpty || input != nil else { return }
    if let option = load.generatedOption {
      throw ValidationError("\(option) is for generated events, not for --input or --follow.")
    }
    guard !follow.isEmpty else { return }
    guard buffering.spool == nil else {
      throw ValidationError(
        "--spool does not go with --follow: the followed files keep what is not committed.")
    }
    guard buffering.whenFull == .wait, buffering.ttl == nil else {
      throw ValidationError("--when-full and --ttl do not go with --follow, because they give up lines.")
    }
    try validateState()
  }

  /// Rejects a state file that is followed, too, because each write of it would bring new lines.
  private func validateState() throws {
    for path in state.map(StateFile.paths(of:)) ?? [] {
      guard let pattern = follow.first(where: { FilePattern(text: $0).covers(path) }) else { continue }
      throw ValidationError(
        "--follow \(pattern) matches \(path), which --state writes, so the run would publish its own state for "
          + "ever; give --state a path that no pattern matches.")
    }
  }
}
