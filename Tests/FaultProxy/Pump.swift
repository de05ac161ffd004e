import Foundation

/// The forwarding of one direction of a connection, with its faults. It is confined to one thread.
struct Pump {
  /// The manner in which a piece is sent.
  private struct Shape {
    var delay: Duration?
    var bytesPerSecond: Int?
    var pieceBytes = Int.max
  }

  private let direction: Fault.Direction
  private let source: CInt
  private let destination: CInt
  private let connection: ProxiedConnection
  private let book: FaultBook
  private var scanner: MessageScanner
  private var shape = Shape()
  /// Whether the receiver was told that the stream has ended.
  private var isHalfClosed = false

  init(
    _ direction: Fault.Direction, from source: CInt, to destination: CInt, _ language: ProxiedProtocol,
    _ connection: ProxiedConnection, _ book: FaultBook
  ) {
    self.direction = direction
    self.source = source
    self.destination = destination
    self.connection = connection
    self.book = book
    scanner = MessageScanner(language, direction)
  }

  /// Forwards until the stream has ended or the connection was cut.
  mutating func run() {
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    advance(to: .passed(0))
    while !connection.isCut {
      let count = recv(source, &buffer, buffer.count, 0)
      if count > 0 {
        scanner.append(buffer[..<count])
        while let piece = scanner.next() { pass(piece) }
      } else if count == 0 {
        return end()
      } else if errno != EINTR {
        return connection.cut()
      }
    }
  }

  /// Forwards the end of the stream.
  private mutating func end() {
    pass(scanner.rest())
    connection.waitWhileHeld(direction)
    shutdown(destination, CInt(SHUT_WR))
  }

  private mutating func pass(_ piece: MessageScanner.Piece) {
    if let message = piece.begins { advance(to: .before(message)) }
    var rest = piece.bytes
    while !rest.isEmpty, !connection.isCut, !isHalfClosed {
      let count = min(rest.count, book.bytesUntilNext(connection.number, direction), shape.pieceBytes)
      send(rest.prefix(count))
      rest = rest.dropFirst(count)
      advance(to: .passed(count))
    }
    if let message = piece.ends { advance(to: .after(message)) }
  }

  private mutating func advance(to place: FaultBook.Place) {
    guard !connection.isCut else { return }
    for action in book.advance(connection.number, direction, to: place) { apply(action) }
  }

  private mutating func apply(_ action: Fault.Action) {
    switch action {
    case .cut: connection.cut()
    case .halfClose:
      isHalfClosed = true
      shutdown(destination, CInt(SHUT_WR))
    case .blackhole: connection.hold(direction)
    case .delay(let time): shape.delay = time
    case .throttle(let bytesPerSecond): shape.bytesPerSecond = bytesPerSecond
    case .split(let bytes): shape.pieceBytes = max(1, bytes)
    case .call(let body): body()
    }
  }

  private func send(_ bytes: ArraySlice<UInt8>) {
    if let delay = shape.delay { connection.wait(delay) }
    if let rate = shape.bytesPerSecond { connection.wait(.seconds(1) * bytes.count / max(1, rate)) }
    connection.waitWhileHeld(direction)
    var rest = bytes
    while !rest.isEmpty, !connection.isCut {
      let count = rest.withUnsafeBytes {
        Glibc.send(destination, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
      }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        connection.cut()
      }
    }
  }
}
