import ArgumentParser
import EventMapping
import Foundation

/// Options for the format of files and for lines that are not events.
struct FormatOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      The format of the lines. Without this option and without a mapping, lines are the JSON objects of POST /publish. \
      csv and json go with --input only.
      """,
      valueName: "ndjson|json|csv|logfmt|syslog|raw"))
  var format: LineFormat?

  @Option(
    help: ArgumentHelp(
      """
      How objects become events: words with & between them, such as _time_field=ts&_id_field=request.id&drop=1. The \
      words are _topic_field, _time_field, _id_field, _source_field, _payload_field, drop, topic and source.
      """,
      valueName: "words"))
  var map: String?

  @Option(
    help: ArgumentHelp(
      "The topic of all events, or with a _topic_field of those that do not have this field.",
      valueName: "text"))
  var topic: String?

  @Option(
    help: ArgumentHelp(
      """
      The source of all events, or with a _source_field of those that do not have this field; without this option \
      the name of the machine.
      """,
      valueName: "text"))
  var source: String?

  @Option(
    name: .customLong("on-error"),
    help: ArgumentHelp(
      """
      What happens to a line that is not an event: skip (it is reported), dead (it becomes a dead event with its bytes \
      and the reason, in the topic of --topic or in sluice.rejected), or stop.
      """,
      valueName: "skip|dead|stop"))
  var onError: BadLinePlan.Action?

  @Option(
    help: ArgumentHelp("Append lines that are not events to this file, as they came.", valueName: "file"),
    completion: .file())
  var rejects: String?

  /// The words of syslog for what `--map` leaves out.
  private static let syslogWords = [
    (name: MappingWord.timeField.rawValue, value: "timestamp"),
    (name: MappingWord.sourceField.rawValue, value: "hostname"),
    (name: MappingWord.topic.rawValue, value: "syslog"),
  ]

  /// How lines become events; nil for the objects of `POST /publish`.
  /// - Throws: `ValidationError` that names the wrong word.
  func plan() throws -> FormatPlan? {
    guard map != nil || topic != nil || source != nil || (format ?? .ndjson) != .ndjson else { return nil }
    let format = format ?? .ndjson
    do throws(MappingError) {
      return FormatPlan(format: format, mapping: try mapping(of: format))
    } catch {
      throw ValidationError("--map: \(error.word): \(error.message)")
    }
  }

  private func mapping(of format: LineFormat) throws(MappingError) -> EventMapping {
    var words = try MappingText(map ?? "").words()
    if words.contains(where: { $0.name == MappingWord.onError.rawValue }) {
      throw MappingError(word: MappingWord.onError.rawValue, message: "Use the option --on-error instead.")
    }
    if let topic { words.append((MappingWord.topic.rawValue, topic)) }
    if let source { words.append((MappingWord.source.rawValue, source)) }
    if format == .syslog {
      let given = Set(words.map(\.name))
      words += Self.syslogWords.filter { !given.contains($0.name) }
    }
    return try EventMapping(words: words, source: ProcessInfo.processInfo.hostName)
  }

  /// The treatment of lines that are not events.
  func badLines(isStrict: Bool) -> BadLinePlan {
    BadLinePlan(action: onError ?? (isStrict ? .stop : .skip), rejects: rejects)
  }

  func validate() throws {
    guard rejects == nil || onError != .dead else {
      throw ValidationError(
        "--rejects does not go with --on-error dead, which sends the lines to the server.")
    }
    guard rejects != "" else { throw ValidationError("--rejects takes a file.") }
    _ = try plan()
  }

  /// Rejects options that have no effect, or that do not go together with the input.
  func validate(with input: InputOptions) throws {
    let isGiven =
      format != nil || map != nil || topic != nil || source != nil || onError != nil || rejects != nil
    guard input.input != nil || !input.follow.isEmpty else {
      guard !isGiven else {
        throw ValidationError(
          "--format, --map, --topic, --source, --on-error and --rejects need --input or --follow.")
      }
      return
    }
    try validateRejects(of: ([input.input].compactMap(\.self) + input.follow).filter { $0 != "-" })
    guard !input.strict || onError == nil || onError == .stop else {
      throw ValidationError("--strict is --on-error stop; give one of them.")
    }
    guard input.follow.isEmpty || (format ?? .ndjson).hasIndependentLines else {
      throw ValidationError("--follow takes formats whose lines stand alone: ndjson, logfmt, syslog and raw.")
    }
  }
}

extension FormatOptions {
  /// Rejects a file for refused lines that is read, too, because its lines would come again and again.
  private func validateRejects(of inputs: [String]) throws {
    guard let rejects, let input = inputs.first(where: { FilePattern(text: $0).covers(rejects) }) else {
      return
    }
    throw ValidationError(
      "--rejects \(rejects) belongs to the input \(input), so refused lines would be read again; name another file."
    )
  }
}

extension LineFormat: ExpressibleByArgument {}
extension BadLinePlan.Action: ExpressibleByArgument {}
