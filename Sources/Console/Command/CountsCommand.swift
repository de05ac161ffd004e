import ArgumentParser
import CommandSupport

/// `sluice counts`: the number of events in each interval of time.
struct CountsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "counts", abstract: "Count events in intervals of time, by topic or source.")

  /// The names that divide an interval.
  enum Group: String, ExpressibleByArgument, CaseIterable {
    case topic
    case source
  }

  @OptionGroup(title: "Events") var filters: FilterOptions
  @OptionGroup(title: "Events") var times: TimeOptions

  @Option(help: ArgumentHelp("The length of an interval, from 1s to 31d.", valueName: "duration"))
  var interval = DurationArgument(milliseconds: 60_000)

  @Option(help: "The time of an event that is counted.")
  var by = EventClock.eventTime

  @Option(help: "Divide each interval by topic or by source.")
  var group: Group?

  @Option(help: ArgumentHelp("The most topics or sources that are shown.", valueName: "number"))
  var limit: Int?

  @OptionGroup(title: "Output") var json: JSONOption
  @OptionGroup(title: "Server") var server: ServerOptions

  func validate() throws {
    guard interval.milliseconds.isMultiple(of: 1_000) else {
      throw ValidationError("--interval takes whole seconds.")
    }
    guard limit == nil || group != nil else { throw ValidationError("--limit needs --group.") }
    guard limit.map({ (1...IntervalSums.mostNames).contains($0) }) ?? true else {
      throw ValidationError("--limit takes 1 to \(IntervalSums.mostNames).")
    }
  }

  /// The request for the first answer. It asks for many names, because each answer has the most frequent ones of a part.
  var target: RequestTarget {
    let words = [by.rawValue] + (group.map { [$0.rawValue] } ?? [])
    return RequestTarget("counts", parameters: filters.parameters + times.parameters)
      .adding("interval", "\(interval.milliseconds / 1_000)s").adding("by", words.joined(separator: ","))
      .adding("limit", group.map { _ in "\(IntervalSums.mostNames)" })
  }

  func run() async throws {
    let output = CommandOutput.standard
    try await server.withServer { server in
      var sums = IntervalSums(limit: limit ?? IntervalSums.usualNames)
      var progress = SearchProgress(isReplaced: output.replacesProgress)
      let begin = ContinuousClock.now
      var cursor: String?
      repeat {
        let answer = try await server.json(target.adding("cursor", cursor))
        sums.add(answer)
        cursor = answer["next_cursor"]?.text
        let line = progress.line(
          found: sums.events, searchedUntil: answer["searched_until"]?.text, elapsed: .now - begin)
        if cursor != nil, let line { output.show(line) }
      } while cursor != nil
      try output.print(json.isOn ? JSONText.pages(sums.json) : sums.text(output.paint))
      if sums.isPartial {
        output.tell(
          "there are more than \(IntervalSums.mostNames) names, so the events of a name may be more than shown: "
            + "select fewer, for example with --topic PREFIX*")
      }
    }
  }
}
