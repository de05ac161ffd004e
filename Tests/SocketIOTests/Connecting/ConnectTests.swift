import Glibc
import Synchronization
import Testing

@testable import SocketIO

@Suite(.timeLimit(.minutes(2))) struct ConnectTests {
  let loop = EventLoop(name: "test")

  /// Connects to `addresses`, as if the name `test` stood for them.
  private func connect(
    to addresses: [SocketAddress], timeout: Duration = .seconds(60)
  ) async -> Result<Probe, SocketError> {
    await connect(timeout: timeout) { $0(.success(addresses)) }
  }

  private func connect(
    timeout: Duration, resolve: @escaping ConnectSequence.Resolve
  ) async -> Result<Probe, SocketError> {
    await withCheckedContinuation { continuation in
      _ = loop.connect(
        to: SocketEndpoint(host: "test", port: 7), timeout: timeout, options: SocketOptions(),
        resolve: resolve
      ) { [loop] result in
        loop.preconditionOnLoop()
        continuation.resume(returning: result.map { Probe($0) })
      }
    }
  }

  @Test(arguments: ["127.0.0.1", "localhost"])
  func connectsToAHost(host: String) async throws {
    let listener = try ListeningPort()
    let result = await withCheckedContinuation { continuation in
      loop.connect(to: SocketEndpoint(host: host, port: listener.address.port), timeout: .seconds(60)) {
        continuation.resume(returning: $0.map { Probe($0) })
      }
    }
    let probe = try result.get()
    let peer = RawPeer(try listener.accept())
    await probe.perform { $0.send([1, 2]) }
    #expect(try peer.read(2) == [1, 2])
    #expect(await probe.perform { $0.peer } == listener.address)
    await probe.close()
    #expect(try peer.isAtEnd())
  }

  @Test func saysThatNothingListens() async throws {
    let (address, keeper) = try ListeningPort.refusing()
    let result = await withCheckedContinuation { continuation in
      loop.connect(to: SocketEndpoint(host: "127.0.0.1", port: address.port), timeout: .seconds(60)) {
        continuation.resume(returning: $0.map { Probe($0) })
      }
    }
    keeper.close()
    let error = #expect(throws: SocketError.self) { try result.get() }
    #expect(
      error?.description == "cannot connect to \(address): connection refused; nothing listens there")
    #expect(error?.code == ECONNREFUSED)
  }

  @Test func triesTheNextAddressWhenOneRefuses() async throws {
    let listener = try ListeningPort()
    let (refusing, keeper) = try ListeningPort.refusing()
    let probe = try await connect(to: [refusing, refusing, listener.address]).get()
    keeper.close()
    #expect(await probe.perform { $0.peer } == listener.address)
    await probe.close()
  }

  @Test func triesTheNextAddressWhenOneDoesNotAnswer() async throws {
    let silent = try SilentPort()
    let listener = try ListeningPort()
    let probe = try await connect(to: [silent.address, listener.address], timeout: .seconds(2)).get()
    #expect(await probe.perform { $0.peer } == listener.address)
    await probe.close()
  }

  @Test func saysWhyEachAddressDidNotDo() async throws {
    let (first, one) = try ListeningPort.refusing()
    let (second, two) = try ListeningPort.refusing()
    let result = await connect(to: [first, second])
    one.close()
    two.close()
    let error = #expect(throws: SocketError.self) { try result.get() }
    let why = "connection refused; nothing listens there"
    #expect(
      error?.description == "cannot connect to test:7: \(why) (tried \(first): \(why), \(second): \(why))")
  }

  @Test func givesUpAfterItsTimeWithoutAnAnswer() async throws {
    let silent = try SilentPort()
    let result = await connect(to: [silent.address], timeout: .milliseconds(20))
    let error = #expect(throws: SocketError.self) { try result.get() }
    #expect(error?.description == "cannot connect to test:7: no answer within 0.02 seconds")
    #expect(error?.code == ETIMEDOUT)
  }

  @Test func givesUpAfterItsTimeWithoutTheNamesAddress() async throws {
    let late = Mutex<(@Sendable (Result<[SocketAddress], SocketError>) -> Void)?>(nil)
    let result = await connect(timeout: .milliseconds(20)) { answer in late.withLock { $0 = answer } }
    #expect(throws: SocketError.self) { try result.get() }
    // The answer that comes too late starts nothing.
    let listener = try ListeningPort()
    setNonBlocking(listener.descriptor)
    late.withLock { $0 }?(.success([listener.address]))
    await loop.perform {}
    #expect(accept(listener.descriptor, nil, nil) == -1)
  }

  @Test func passesOnThatANameIsUnknown() async {
    let failure = SocketError(.resolve, "test:7", reason: "name or service not known")
    let result = await connect(timeout: .seconds(60)) { $0(.failure(failure)) }
    #expect(throws: failure) { try result.get() }
  }

  @Test func saysThatANameHasNoAddress() async {
    let result = await connect(to: [])
    let error = #expect(throws: SocketError.self) { try result.get() }
    #expect(error?.description == "cannot connect to test:7: the name has no address")
  }

  @Test(arguments: [true, false])
  func isCompletedOnceWhenCancelled(whileResolving: Bool) async throws {
    let silent = try SilentPort()
    let completions = Counter()
    let result: Result<Probe, SocketError> = await withCheckedContinuation { continuation in
      let attempt = loop.connect(
        to: SocketEndpoint(host: "test", port: 7), timeout: .seconds(60), options: SocketOptions(),
        resolve: { if !whileResolving { $0(.success([silent.address])) } }
      ) { result in
        if completions.raise() == 1 { continuation.resume(returning: result.map { Probe($0) }) }
      }
      attempt.cancel()
      loop.run { attempt.cancel() }
    }
    let error = #expect(throws: SocketError.self) { try result.get() }
    #expect(error?.isCancelled == true)
    for _ in 0..<10 { await loop.perform {} }
    #expect(completions.value == 1)
  }

  /// Whenever the cancellation comes, the completion is called once, and a connection that was established
  /// anyway is not lost.
  @Test func isCompletedOnceWheneverItIsCancelled() async throws {
    let listener = try ListeningPort()
    for round in 0..<100 {
      let result: Result<Probe, SocketError> = await withCheckedContinuation { continuation in
        let attempt = loop.connect(
          to: SocketEndpoint(host: "127.0.0.1", port: listener.address.port), timeout: .seconds(60)
        ) {
          continuation.resume(returning: $0.map { Probe($0) })
        }
        cancel(attempt, afterTurns: round % 7)
      }
      switch result {
      case .success(let probe):
        let peer = RawPeer(try listener.accept())
        await probe.close()
        #expect(try peer.isAtEnd())
      case .failure(let error):
        #expect(error.isCancelled)
      }
      drain(listener)
    }
  }

  private func cancel(_ attempt: ConnectAttempt, afterTurns turns: Int) {
    if turns == 0 { return attempt.cancel() }
    loop.run { cancel(attempt, afterTurns: turns - 1) }
  }

  /// Takes what waits, so that the next connection finds room.
  private func drain(_ listener: ListeningPort) {
    let flags = fcntl(listener.descriptor, F_GETFL)
    setNonBlocking(listener.descriptor)
    while case let descriptor = accept(listener.descriptor, nil, nil), descriptor >= 0 { close(descriptor) }
    _ = fcntl(listener.descriptor, F_SETFL, flags)
  }

  @Test func leaksNoDescriptors() async {
    await #expect(processExitsWith: .success) {
      let loop = EventLoop(name: "test")
      let silent = try SilentPort()
      let (refusing, keeper) = try ListeningPort.refusing()
      let listener = try ListeningPort(backlog: 128)
      let before = try openDescriptors()
      for address in [silent.address, refusing, listener.address] {
        for _ in 0..<50 {
          await withCheckedContinuation { continuation in
            _ = loop.connect(
              to: SocketEndpoint(host: "test", port: 7), timeout: .milliseconds(5), options: SocketOptions(),
              resolve: { $0(.success([address])) }
            ) { result in
              if case .success(let socket) = result { socket.close() }
              continuation.resume()
            }
          }
        }
      }
      for _ in 0..<10 { await loop.perform {} }
      try #require(try openDescriptors() < before + 20)
      keeper.close()
    }
  }

  @Test func seesThatASocketIsConnectedToItself() throws {
    let itself = RawPeer(socket(AF_INET, streamType, 0))
    #expect(SocketAddress.loopback(port: 0).withSystemAddress { bind(itself.descriptor, $0, $1) } == 0)
    let address = try #require(SocketAddress.local(of: itself.descriptor))
    #expect(address.withSystemAddress { Glibc.connect(itself.descriptor, $0, $1) } == 0)
    #expect(PendingConnection.isConnectedToItself(itself.descriptor))
    let (descriptor, peer) = try RawPeer.tcpPair()
    #expect(!PendingConnection.isConnectedToItself(descriptor))
    #expect(!PendingConnection.isConnectedToItself(peer.descriptor))
    close(descriptor)
  }
}
