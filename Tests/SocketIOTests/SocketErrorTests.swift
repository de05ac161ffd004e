import Glibc
import SocketIO
import Testing

@Suite struct SocketErrorTests {
  @Test(
    arguments: [
      (
        .listen, EADDRINUSE,
        "cannot listen on 127.0.0.1:7171: address already in use; another program holds the port"
      ),
      (
        .listen, EACCES,
        "cannot listen on 127.0.0.1:7171: permission denied; ports below 1024 need a privilege"
      ),
      (.connect, ECONNREFUSED, "cannot connect to 127.0.0.1:7171: connection refused; nothing listens there"),
      (.receive, ECONNRESET, "cannot receive from 127.0.0.1:7171: connection reset by peer"),
      (.send, EPIPE, "cannot send to 127.0.0.1:7171: broken pipe"),
      (
        .accept, EMFILE,
        """
        cannot accept a connection on 127.0.0.1:7171: too many open files; \
        raise the limit of open files (ulimit -n) or lower the limit of connections
        """
      ),
    ] as [(SocketError.Operation, CInt, String)])
  func saysWhatWhereAndWhatToDo(operation: SocketError.Operation, code: CInt, line: String) {
    let error = SocketError(operation, "127.0.0.1:7171", code: code)
    #expect(error.description == line)
    #expect(error.code == code)
  }

  @Test func knowsACancellation() {
    #expect(SocketError(.connect, "x", code: ECANCELED).isCancelled)
    #expect(!SocketError(.connect, "x", code: ECONNREFUSED).isCancelled)
  }
}
