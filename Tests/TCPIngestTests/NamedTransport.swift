import SocketIO

/// A transport whose peer has a verified certificate with some names, over a plain transport.
final class NamedTransport: ByteTransport {
  let peerCertificateNames: [String]
  private let socket: any ByteTransport

  init(_ names: [String], over socket: any ByteTransport) {
    peerCertificateNames = names
    self.socket = socket
  }

  var loop: EventLoop { socket.loop }
  var peer: SocketAddress? { socket.peer }
  var isClosed: Bool { socket.isClosed }
  var isReading: Bool { socket.isReading }
  var unsentBytes: Int { socket.unsentBytes }

  func start(_ delegate: any ByteTransportDelegate) { socket.start(delegate) }
  func pauseReading() { socket.pauseReading() }
  func resumeReading() { socket.resumeReading() }
  func read(into memory: UnsafeMutableRawBufferPointer) -> ReadOutcome { socket.read(into: memory) }
  func send(_ bytes: [UInt8]) { socket.send(bytes) }
  func send(_ buffers: [[UInt8]]) { socket.send(buffers) }
  func shutdownWrite() { socket.shutdownWrite() }
  func close() { socket.close() }
}
