import Synchronization

/// The output of a program on one stream, with waits for a line.
final class ProgramOutput: Sendable {
  private struct State {
    var bytes: [UInt8] = []
    var isFinished = false
    var waiting: [Waiter] = []

    func line(_ isWanted: @Sendable (String) -> Bool) -> String? {
      // The last piece has no line break yet, so it is not a complete line.
      bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
        .lazy.map { String(decoding: $0, as: UTF8.self) }.first(where: isWanted)
    }
  }

  private struct Waiter {
    let isWanted: @Sendable (String) -> Bool
    let continuation: CheckedContinuation<String?, Never>
  }

  private let state = Mutex(State())

  /// The text so far.
  var text: String { state.withLock { String(decoding: $0.bytes, as: UTF8.self) } }

  func append(_ bytes: [UInt8]) {
    update { $0.bytes += bytes }
  }

  func finish() {
    update { $0.isFinished = true }
  }

  /// Returns the first line for which `isWanted` is true, including lines that were already written; nil when
  /// the stream ends without such a line.
  func line(where isWanted: @escaping @Sendable (String) -> Bool) async -> String? {
    await withCheckedContinuation { continuation in
      update { $0.waiting.append(Waiter(isWanted: isWanted, continuation: continuation)) }
    }
  }

  private func update(_ change: (inout State) -> Void) {
    let answers = state.withLock { state -> [(Waiter, String?)] in
      change(&state)
      let answers = state.waiting.map { ($0, state.line($0.isWanted)) }
      let isFinished = state.isFinished
      state.waiting = isFinished ? [] : answers.filter { $0.1 == nil }.map(\.0)
      return answers.filter { $0.1 != nil || isFinished }
    }
    for (waiter, line) in answers { waiter.continuation.resume(returning: line) }
  }
}
