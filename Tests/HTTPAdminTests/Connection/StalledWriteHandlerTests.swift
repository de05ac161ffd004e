import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Testing

@testable import HTTPAdmin

/// Tests on an embedded event loop, whose time the test moves.
@Suite("StalledWriteHandler")
struct StalledWriteHandlerTests {
  /// Holds back writes, like a socket whose peer does not read, until `letGo` is called.
  private final class FullSocket: ChannelOutboundHandler {
    typealias OutboundIn = HTTPResponsePart
    private(set) var promises: [EventLoopPromise<Void>?] = []

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
      promises.append(promise)
    }

    func letGo() {
      for promise in promises { promise?.succeed() }
      promises = []
    }
  }

  private let socket = FullSocket()
  private let channel: EmbeddedChannel

  init() throws {
    channel = EmbeddedChannel(handlers: [socket, StalledWriteHandler(timeout: .seconds(30))])
    try channel.connect(to: SocketAddress(unixDomainSocketPath: "peer")).wait()
  }

  private func write() {
    channel.write(HTTPResponsePart.body(ByteBuffer(string: "part")), promise: nil)
  }

  private func pass(_ time: TimeAmount) {
    channel.embeddedEventLoop.advanceTime(by: time)
  }

  @Test func closesAfterTheTimeoutWithoutProgress() {
    write()
    pass(.seconds(29))
    #expect(channel.isActive)
    pass(.seconds(1))
    #expect(!channel.isActive)
  }

  @Test func countsFromTheLastProgress() {
    write()
    pass(.seconds(20))
    socket.letGo()
    write()
    pass(.seconds(29))
    #expect(channel.isActive)
    pass(.seconds(1))
    #expect(!channel.isActive)
  }

  @Test func keepsAConnectionWithoutPendingWrites() {
    write()
    pass(.seconds(1))
    socket.letGo()
    pass(.hours(24))
    #expect(channel.isActive)
    write()
    pass(.seconds(29))
    #expect(channel.isActive)
  }
}
