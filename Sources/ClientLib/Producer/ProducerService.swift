#if ServiceLifecycle
  public import ServiceLifecycle

  extension Producer: Service {
    /// Keeps the producer until the graceful shutdown of its service group, and closes it then.
    ///
    /// A producer connects from ``connect(to:configuration:logger:)`` on. With ``Configuration/startOffline`` a
    /// service group so starts while no server answers. Put the producer before the services that publish: a group
    /// shuts its services down in the reverse order, so the producer closes after the last event. `run` waits for
    /// commits for ``Configuration/closeTimeout`` at most.
    /// - Throws: ``ProducerError``: the error that ended the producer, such as `notAuthorized`, or the errors of
    ///   ``close(deadline:)``.
    public func run() async throws {
      let end = await cancelWhenGracefulShutdown { await self.ended() }
      if let end {
        if end.code == .closed || end.code == .unsettledAtClose { return }
        throw end
      }
      try await close(deadline: configuration.closeTimeout)
    }
  }
#endif
