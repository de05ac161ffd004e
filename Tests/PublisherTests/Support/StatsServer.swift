import ModelServer
import SocketIO
import Synchronization

/// The `/stats` page of a model server's ledger. Each connection gets one HTTP response.
final class StatsServer: Sendable, ListenerDelegate {
  private let ledger: SharedLedger
  private let listener: Listener
  /// Events that the page adds to its counts with each request.
  private let excess: Int
  private let visits = Atomic(0)

  init(_ ledger: SharedLedger, excess: Int = 0) throws(SocketError) {
    self.ledger = ledger
    self.excess = excess
    listener = try Listener(on: .loopback(port: 0), loops: EventLoops(count: 1, name: "stats"))
    listener.start(self)
  }

  var url: String { "http://127.0.0.1:\(listener.address.port)" }

  func accepted(_ socket: StreamSocket, by listener: Listener) { socket.start(Answer(page)) }

  func starved(_ listener: Listener, _ error: SocketError) {}

  private var page: String {
    let excess = self.excess * visits.wrappingAdd(1, ordering: .relaxed).newValue
    let (received, duplicates, unique) = ledger.withLedger { ($0.received, $0.duplicates, $0.keys.count) }
    return """
      {"received":\(received + excess),"unique_processed":\(unique + excess),"duplicate_dropped":\(duplicates),\
      "dead":0,"conflicts":0,"topics":["a"],"uptime_seconds":1.5}
      """
  }
}

/// Answers any request with the page.
private final class Answer: ByteTransportDelegate {
  private let page: String

  init(_ page: String) {
    self.page = page
  }

  func received(_ bytes: RawSpan, from transport: any ByteTransport) {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(page.utf8.count)\r\n"
    transport.send(Array("\(head)Connection: close\r\n\r\n\(page)".utf8))
    transport.shutdownWrite()
  }

  func reachedEnd(of transport: any ByteTransport) { transport.close() }

  func failed(_ error: SocketError, on transport: any ByteTransport) {}
}
