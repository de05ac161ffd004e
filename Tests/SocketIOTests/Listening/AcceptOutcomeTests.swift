import Glibc
import Testing

@testable import SocketIO

@Suite struct AcceptOutcomeTests {
  @Test(arguments: [EAGAIN, EWOULDBLOCK])
  func findsNothingWaiting(code: CInt) {
    guard case .nothing = AcceptOutcome(failure: code) else {
      Issue.record("\(code)")
      return
    }
  }

  @Test(arguments: [EINTR, ECONNABORTED, EPROTO, ENETDOWN, EHOSTUNREACH, EPERM])
  func passesOverAConnectionThatIsGone(code: CInt) {
    guard case .vanished = AcceptOutcome(failure: code) else {
      Issue.record("\(code)")
      return
    }
  }

  @Test(arguments: [EMFILE, ENFILE, ENOBUFS, ENOMEM, EINVAL])
  func takesAnythingElseForWantOfResources(code: CInt) {
    guard case .starved(code) = AcceptOutcome(failure: code) else {
      Issue.record("\(code)")
      return
    }
  }

  @Test func acceptsWithTheAddressOfThePeerAndWithoutBlocking() throws {
    let listener = try ListeningPort()
    setNonBlocking(listener.descriptor)
    guard case .nothing = AcceptOutcome.accept(listener.descriptor) else {
      Issue.record("nobody had connected")
      return
    }
    let peer = try RawPeer.connected(to: listener.address)
    guard case .connection(let descriptor, let address) = AcceptOutcome.accept(listener.descriptor) else {
      Issue.record("a connection waited")
      return
    }
    defer { close(descriptor) }
    #expect(address == SocketAddress.local(of: peer.descriptor))
    #expect(fcntl(descriptor, F_GETFL) & O_NONBLOCK != 0)
    #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
  }
}
