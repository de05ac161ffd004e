internal import PostgresClient

/// A batch that failed alone for a while and was set aside, so that other batches are committed in the
/// meantime. It is tried repeatedly, each time after a control. A failure counts against the batch only if
/// the control and other batches succeed.
struct Suspect {
  /// The batch.
  var member: GroupMember
  /// The error of its last failure.
  private(set) var error: PostgresError
  /// Time of the next trial.
  private(set) var due: ContinuousClock.Instant
  /// The failures that count against the batch; nil when the batch has not failed since a control failed or
  /// the error changed.
  private(set) var evidence: RepeatedFailures?
  /// Number of trials since the batch was set aside.
  private(set) var trials = 0

  /// Sets `member` aside, whose last attempt failed with `error`.
  init(_ member: GroupMember, _ error: PostgresError, at now: ContinuousClock.Instant, retries: RetryPolicy) {
    self.member = member
    self.error = error
    due = now + retries.trialPause(after: 0)
  }

  /// Records that a trial failed.
  /// - Parameter isEvidence: Whether other batches succeeded on the same connection, as the control did.
  ///   Without other successes the failure counts neither for nor against the batch.
  mutating func failed(
    _ error: PostgresError, isEvidence: Bool, at now: ContinuousClock.Instant, retries: RetryPolicy
  ) {
    let isSame = error.state == self.error.state && error.isConnectionLost == self.error.isConnectionLost
    self.error = error
    trials += 1
    due = now + retries.trialPause(after: trials)
    if !isSame { evidence = nil }
    guard isEvidence, RetryPolicy.mayBlame(error) else { return }
    var seen = evidence ?? RepeatedFailures(first: now)
    seen.count += 1
    assert(seen.count <= trials, "evidence comes from trials")
    evidence = seen
  }

  /// Postpones the trial because the database is unavailable. The pause is the shortest one, so that the
  /// database's return is noticed soon.
  mutating func waitsForDatabase(at now: ContinuousClock.Instant, retries: RetryPolicy) {
    due = now + retries.trialPause(after: 0)
  }

  /// Postpones the trial because the control failed.
  mutating func postponed(at now: ContinuousClock.Instant, retries: RetryPolicy) {
    evidence = nil
    trials += 1
    due = now + retries.trialPause(after: trials)
  }
}

/// Consecutive failures.
struct RepeatedFailures: Hashable, Sendable {
  /// Number of failures.
  var count = 0
  /// Time of the first failure.
  let first: ContinuousClock.Instant
}

/// The suspects of one writer. They count in the bound of the queue, as every unsettled batch does. A suspect is
/// settled once, so the value cannot be copied.
struct Suspects: ~Copyable {
  private var waiting: [Suspect] = []

  /// Whether there are no suspects.
  var isEmpty: Bool { waiting.isEmpty }

  /// The suspect that was added first; nil without suspects.
  var first: Suspect? { waiting.first }

  /// Time of the next trial of any suspect; nil without suspects.
  var nextDue: ContinuousClock.Instant? { waiting.map(\.due).min() }

  /// Adds a suspect.
  mutating func append(_ suspect: Suspect) {
    assert(
      !waiting.contains { $0.member.batch === suspect.member.batch }, "a batch is set aside once")
    waiting.append(suspect)
  }

  /// Removes and returns the suspect that has been due for longest at `now`; nil when none is due.
  mutating func takeDue(at now: ContinuousClock.Instant) -> Suspect? {
    guard let place = waiting.indices.min(by: { waiting[$0].due < waiting[$1].due }),
      waiting[place].due <= now
    else { return nil }
    return waiting.remove(at: place)
  }
}
