import Dispatch
import Synchronization

/// The followed files and their state file, used on a queue of their own, because reading and syncing may block.
final class FileFollower: Sendable {
  private let state: StateFile
  private let queue = DispatchQueue(label: "sluice.publish.follow")
  // Only the queue takes the mutex.
  private let parts: Mutex<Parts>

  private struct Parts: ~Copyable {
    var files: FollowedFiles
    var changes: FileChanges
  }

  /// Locks and reads the state file.
  /// - Parameter positions: gets the positions of the state file.
  init(_ plan: FollowPlan, positions: inout CommitPositions) throws(RunFailure) {
    state = try StateFile(plan.state)
    let content = try state.read()
    for file in content.files + content.ended { positions.begin(file.id, at: file.position) }
    let files = FollowedFiles(
      plan.patterns.map(FilePattern.init), rotateWait: plan.rotateWait, state: content, now: .now)
    parts = Mutex(Parts(files: files, changes: FileChanges(isPolling: plan.poll != nil)))
  }

  /// Looks for changed files.
  /// - Returns: lines for people, and whether the state must be written before lines are read.
  func scan(_ positions: CommitPositions) async -> (notices: [String], hasNewContent: Bool) {
    await perform { parts in
      parts.files.scan(positions, now: .now)
      parts.changes.watch(parts.files.directories)
      return (parts.files.takeNotices(), parts.files.hasNewContent)
    }
  }

  /// Returns the next lines; nil when everything was read that the last `scan` found.
  func read() async -> FollowedLines? {
    await perform { $0.files.read(now: .now) }
  }

  /// Replaces the content of the state file.
  /// - Returns: the files in it.
  func write(_ positions: CommitPositions) async throws(RunFailure) -> Set<FileID> {
    let state = state
    let result: Result<Set<FileID>, RunFailure> = await perform { parts in
      let content = parts.files.state(positions)
      return Result { () throws(RunFailure) in
        try state.write(content)
        return Set((content.files + content.ended).map(\.id))
      }
    }
    return try result.get()
  }

  /// Waits until a directory of the files changes, at most `milliseconds`.
  func waitForChange(milliseconds: CInt) async {
    await perform { $0.changes.wait(milliseconds: milliseconds) }
  }

  private func perform<Value: Sendable>(_ body: @escaping @Sendable (inout Parts) -> Value) async -> Value {
    await withCheckedContinuation { continuation in
      queue.async { [self] in continuation.resume(returning: parts.withLock { body(&$0) }) }
    }
  }
}
