import NIOCore

/// The bytes of one expanded body in the memory of all bodies, beside the bytes that its connection received.
final class ExpandedShare: Sendable {
  private let memory: BodyMemory
  private let holder: BodyShares.Holder
  private let decisions: AsyncStream<BodyShares.Decision>

  /// Creates a share without bytes, which ends with `release`.
  init(of memory: BodyMemory) {
    let (decisions, decided) = AsyncStream.makeStream(
      of: BodyShares.Decision.self, bufferingPolicy: .bufferingNewest(1))
    self.memory = memory
    self.decisions = decisions
    holder = memory.enter { decided.yield($0) }
  }

  /// Adds bytes before they are expanded. While there is no room, the call waits as a connection does.
  /// - Throws: 503 when there is no room in time.
  func add(_ bytes: Int) async throws(Problem) {
    guard !memory.add(bytes, to: holder, at: .now()) else {
      // The server itself releases these bytes, so they cannot stall.
      _ = memory.complete(holder)
      return
    }
    let decision = await withTaskGroup(of: Void.self) { group in
      group.addTask { [memory] in
        while (try? await Task.sleep(for: .nanoseconds(BodyMemory.checkInterval.nanoseconds))) != nil {
          _ = memory.check(at: .now())
        }
      }
      defer { group.cancelAll() }
      return await decisions.first { _ in true }
    }
    guard decision == .goOn else { throw .noRoomForBody }
    _ = memory.complete(holder)
  }

  /// Removes bytes that were added and not used.
  func remove(_ bytes: Int) {
    memory.release(bytes, of: holder)
  }

  /// Removes all bytes and ends the share.
  func release() {
    memory.leave(holder)
  }
}
