import ArgumentParser
import Base

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The `sluice-publish` command.
@main
struct SluicePublish: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sluice-publish",
    abstract: "Publish the lines of files, or generated events, to Sluice and report what became of them.",
    usage: """
      sluice-publish --input events.ndjson
      sluice-publish --follow '/var/log/app/events.log*' --state /var/lib/app/sluice.state
      sluice-publish generate --events 1000000 --verify http://127.0.0.1:8080
      sluice-publish generate --events 1000000 --endpoint one:7171 --endpoint two:7171 --spread keys
      """,
    discussion: """
      Exit status:
      \(PublishExitStatus.allCases.map { "  \($0.rawValue)  \($0.meaning)" }.joined(separator: "\n"))
      """,
    version: ProgramVersion.current, subcommands: [Generate.self])

  @OptionGroup(title: "Events from files")
  var input: InputOptions

  @OptionGroup(title: "Format of the files")
  var format: FormatOptions

  @OptionGroup
  var options: RunOptions

  func validate() throws {
    try input.validate(with: options.load, options.buffering)
    try format.validate(with: input)
  }

  private static let nothing =
    "nothing to publish; use --input FILE, --follow FILE with --state FILE, or generate for generated events"

  /// Runs the command. Without arguments it prints its usage and sends nothing.
  static func main() async {
    StandardDescriptors.occupy()
    // A reader of the output or of the messages that goes does not end a run. A write to its pipe fails then.
    signal(SIGPIPE, SIG_IGN)
    guard CommandLine.arguments.count > 1 else {
      Console.standard.tell("sluice-publish: \(Self.nothing)")
      // Line by line, because a message is one line.
      for line in "\n\(Self.helpMessage())".split(separator: "\n", omittingEmptySubsequences: false) {
        Console.standard.tell(String(line))
      }
      exit(withError: ExitCode(PublishExitStatus.usage.rawValue))
    }
    await Self.main(nil)
  }

  func run() async throws {
    try await run(on: .standard)
  }

  /// Runs the command with its output on `console`.
  /// - Throws: `ExitCode` unless everything was published and committed.
  func run(on console: Console) async throws {
    guard let source else {
      console.tell("sluice-publish: \(Self.nothing)")
      throw ExitCode(PublishExitStatus.usage.rawValue)
    }
    let run = CommandRun(
      options: options, source: source, format: try format.plan(),
      badLines: format.badLines(isStrict: input.strict))
    try await run.perform(on: console)
  }

  /// Source of the events; nil when no option names one.
  private var source: RunPlan.Source? {
    if let plan = input.followPlan { return .follow(plan) }
    if let path = input.input { return .lines(path: path) }
    return options.load.source
  }
}
