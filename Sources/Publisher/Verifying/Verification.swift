/// Comparison of the server's counters with the acknowledgements of a run.
struct Verification: Sendable {
  /// Increase of the server's counters during the run.
  let difference: ServerCounts
  /// The first difference in one line; nil when everything agrees.
  let problem: String?

  init(before: ServerCounts, after: ServerCounts, result: Run.Result) {
    difference = after.since(before)
    problem = Self.problem(difference, result)
  }

  private static func problem(_ server: ServerCounts, _ result: Run.Result) -> String? {
    let own = result.totals
    guard own.committed == own.sent else {
      return "\(own.sent) events were sent, but only \(own.committed) were acknowledged as committed"
    }
    guard server.addsUp else {
      return "the server received \(server.received) events, but \(server.uniqueProcessed) unique, "
        + "\(server.duplicateDropped) duplicate and \(server.dead) dead do not add up to that"
    }
    var pairs = [("received", server.received, own.committed)]
    if own.unknownBatches == 0 {
      pairs += [
        ("unique", server.uniqueProcessed, own.unique),
        ("duplicate", server.duplicateDropped, own.duplicates),
        ("dead", server.dead, own.dead),
      ]
    }
    for (name, counted, acknowledged) in pairs where counted != Int64(clamping: acknowledged) {
      return "the server counted \(counted) \(name) events, this run was told \(acknowledged); "
        + "verify while nobody else publishes"
    }
    if result.hasFreshKeys, let expected = result.uniqueExpected, server.dead == 0,
      server.uniqueProcessed != Int64(clamping: expected)
    {
      return "\(expected) unique keys were sent, the server stored \(server.uniqueProcessed)"
    }
    return nil
  }
}
