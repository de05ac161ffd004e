internal import Synchronization

extension Producer {
  /// Closes the producer: takes no more events, waits until everything is settled, and says goodbye to the
  /// server.
  ///
  /// - Parameter deadline: how long to wait at most. After it, or when the task is cancelled, the rest is
  ///   given up; a spool keeps it for the next producer.
  /// - Throws: `ProducerError`: `unsettledAtClose` with a list of what was given up, or what ended the
  ///   producer before. A second call waits for nothing and throws nothing new.
  public func close(deadline: Duration = .seconds(20)) async throws(ProducerError) {
    guard !isClosing.exchange(true, ordering: .acquiringAndReleasing) else { return }
    let isSettled = await settleAll(within: deadline)
    let end = intake.outbox.end(
      isSettled
        ? .closed : ProducerError(.unsettledAtClose, unsettledText(deadline)))
    if isSettled {
      await leave()
    } else {
      intake.onCourier { $0.stop() }
    }
    await giveBackSpool()
    guard end.code == .closed else { throw end }
  }

  private func unsettledText(_ deadline: Duration) -> String {
    let text = "not everything was committed within \(deadline)"
    guard let spool = configuration.spool else { return text }
    return "\(text); the rest stays in the spool \(spool.directory) for the next producer"
  }

  /// Whether everything was settled in time.
  private func settleAll(within deadline: Duration) async -> Bool {
    await withTaskGroup(of: Bool.self) { group in
      group.addTask { await self.settleAll() }
      group.addTask {
        // Cancelled when everything is settled, or with the caller: the answer is the same.
        try? await Task.sleep(for: deadline)
        return false
      }
      defer { group.cancelAll() }
      return await group.next() ?? false
    }
  }

  private func settleAll() async -> Bool {
    await gathering.flush()
    while true {
      let tickets = intake.outbox.unsettledTickets
      if tickets.isEmpty { return !Task.isCancelled }
      for ticket in tickets {
        guard await ticket.settled.value() != nil else { return false }
      }
    }
  }

  private func leave() async {
    let left = await withCheckedContinuation { continuation in
      intake.onCourier { courier in
        courier.leave(now: .now)
        continuation.resume(returning: courier.left)
      }
    }
    _ = await left.value()
  }
}
