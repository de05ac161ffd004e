internal import SocketIO
internal import TLSTransport

/// One connection for one request: connects, sends, and collects the answer. Lives on its loop.
final class PageExchange: ByteTransportDelegate {
  private let request: PageRequest
  private let context: TLSContext?
  private let loop: EventLoop
  /// Nil once it was called.
  private var completion: (@Sendable (Result<PageRequest.Answer, PageError>) -> Void)?
  private var transport: (any ByteTransport)?
  private var deadline: LoopTimer?
  private var received: [UInt8] = []

  init(
    _ request: PageRequest, _ context: TLSContext?, on loop: EventLoop,
    completion: @escaping @Sendable (Result<PageRequest.Answer, PageError>) -> Void
  ) {
    self.request = request
    self.context = context
    self.loop = loop
    self.completion = completion
  }

  /// Connects. `this` refers to the same object, and keeps it until the end.
  func begin(_ this: LoopBound<PageExchange>) {
    deadline = loop.after(PageRequest.timeout) {
      this.value.finish(.failure(PageError("there was no answer in \(PageRequest.timeout)")))
    }
    loop.connect(to: request.endpoint, timeout: PageRequest.timeout) { result in
      this.value.connected(result)
    }
  }

  private func connected(_ result: Result<StreamSocket, SocketError>) {
    switch result {
    case .failure(let error): finish(.failure(PageError("nothing answers there: \(error.reason)")))
    case .success(let socket):
      guard completion != nil else { return socket.close() }
      let transport = request.transport(over: socket, context)
      do throws(PageError) {
        let bytes = try request.bytes(over: transport)
        self.transport = transport
        transport.start(self)
        transport.send(bytes)
      } catch {
        socket.close()
        finish(.failure(error))
      }
    }
  }

  func received(_ bytes: RawSpan, from transport: any ByteTransport) {
    bytes.withUnsafeBytes { received.append(contentsOf: $0) }
    guard received.count <= PageRequest.mostBytes else {
      return finish(.failure(PageError("the answer is longer than \(PageRequest.mostBytes >> 20) MiB")))
    }
    if let answer = PageAnswer(received)?.whole { finish(.success(answer)) }
  }

  func reachedEnd(of transport: any ByteTransport) {
    guard let answer = PageAnswer(received)?.wholeAtEnd else {
      return finish(.failure(PageError("the answer is not HTTP, or it is not complete")))
    }
    finish(.success(answer))
  }

  func failed(_ error: SocketError, on transport: any ByteTransport) {
    finish(.failure(PageError(error.reason)))
  }

  private func finish(_ result: Result<PageRequest.Answer, PageError>) {
    guard let completion else { return }
    self.completion = nil
    deadline?.cancel()
    deadline = nil
    transport?.close()
    transport = nil
    completion(result)
  }
}
