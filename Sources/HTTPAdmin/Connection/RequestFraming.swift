import NIOCore
internal import TextFormats

/// Finds the beginning and end of each request of a connection before its bytes are interpreted, and refuses
/// requests that RFC 9112 forbids. Pure: bytes in, pieces out.
///
/// The parser after it is more lenient and less precise: it does not report a bare line feed or a space
/// before a colon, it waits for bodies that no client can send, and it stops for ever after an offered
/// `Upgrade`.
struct RequestFraming {
  /// A piece of the input for the parser.
  enum Piece: Equatable {
    /// A complete header.
    case head(RequestHead, ByteBuffer)
    /// Bytes of a body, with the chunk sizes.
    case body(ByteBuffer)
  }

  private enum State: Equatable {
    case head
    case body(left: Int)
    case chunkSize
    case chunk(left: Int)
    case chunkEnd
    case trailers
    /// The last request was received; all further bytes are discarded.
    case over
  }

  /// Maximum length in bytes of a line with the size of a chunk.
  private static let chunkLineBytes = 256

  private let headBytes: Int
  private let bodyBytes: Int
  private let hosts: HostNames?
  private var state = State.head
  /// Offset of the unfinished line of a header.
  private var line = 0
  /// Offset up to which the header was searched for a line end.
  private var searched = 0
  /// Bytes of the body that were taken so far.
  private var taken = 0

  /// - Parameters:
  ///   - headBytes: Maximum bytes of a request line with its header fields.
  ///   - bodyBytes: Maximum bytes of a body.
  ///   - hosts: The names of this server; nil to accept every `Host`.
  init(headBytes: Int, bodyBytes: Int, hosts: HostNames?) {
    self.headBytes = headBytes
    self.bodyBytes = bodyBytes
    self.hosts = hosts
  }

  /// Whether `buffer` holds the beginning of an incomplete header.
  func isInsideHead(_ buffer: ByteBuffer) -> Bool { state == .head && buffer.readableBytes > 0 }

  /// Takes the next piece from `buffer`; nil when more bytes are needed.
  /// - Throws: a problem that names the error. The connection cannot continue after it.
  mutating func next(_ buffer: inout ByteBuffer) throws(Problem) -> Piece? {
    while true {
      switch state {
      case .head: return try head(&buffer)
      case .body(let left):
        guard let piece = buffer.readSlice(length: min(left, buffer.readableBytes)), piece.readableBytes > 0
        else { return nil }
        taken += piece.readableBytes
        endBody(left: left - piece.readableBytes)
        return .body(piece)
      case .chunkSize:
        guard let piece = try chunkSize(&buffer) else { return nil }
        return .body(piece)
      case .chunk(let left):
        guard let piece = buffer.readSlice(length: min(left, buffer.readableBytes)), piece.readableBytes > 0
        else { return nil }
        let rest = left - piece.readableBytes
        state = rest == 0 ? .chunkEnd : .chunk(left: rest)
        return .body(piece)
      case .chunkEnd:
        guard let end = try lineEnd(in: buffer, limit: 2) else { return nil }
        guard end == 0 else { throw .badChunk }
        state = .chunkSize
        return buffer.readSlice(length: 2).map { .body($0) }
      case .trailers:
        guard let end = try lineEnd(in: buffer, limit: headBytes) else { return nil }
        if end == 0 { endRequest() }
        return buffer.readSlice(length: end + 2).map { .body($0) }
      case .over:
        buffer.moveReaderIndex(to: buffer.writerIndex)
        return nil
      }
    }
  }

  /// Ends the input, because the client sends nothing more.
  /// - Throws: a 400 problem when a request is incomplete.
  mutating func end(_ buffer: ByteBuffer) throws(Problem) {
    defer { state = .over }
    switch state {
    case .head: if buffer.readableBytes > 0 { throw .headEndsEarly }
    case .body(let left): throw .bodyEndsEarly(received: taken, announced: taken + left)
    case .chunkSize, .chunk, .chunkEnd, .trailers: throw .bodyEndsEarly(received: taken, announced: nil)
    case .over: break
    }
  }

  private var isLast = false

  private mutating func endBody(left: Int) {
    if left == 0 { endRequest() } else { state = .body(left: left) }
  }

  private mutating func endRequest() {
    state = isLast ? .over : .head
    taken = 0
  }
}

extension RequestFraming {
  private mutating func head(_ buffer: inout ByteBuffer) throws(Problem) -> Piece? {
    guard let length = try headLength(&buffer) else { return nil }
    guard length <= headBytes else { throw .headTooLarge }
    guard let bytes = buffer.readSlice(length: length) else { return nil }
    line = 0
    searched = 0
    let (head, forwarded) = try read(bytes)
    isLast = head.isLast
    switch head.body {
    case .none: endRequest()
    case .length(let count): state = .body(left: count)
    case .chunks: state = .chunkSize
    }
    return .head(head, forwarded)
  }

  /// Returns the length of the header at the beginning of `buffer`; nil until its end has arrived.
  private mutating func headLength(_ buffer: inout ByteBuffer) throws(Problem) -> Int? {
    // Some clients send an empty line after a body (RFC 9112, section 2.2).
    while line == 0, buffer.readableBytes >= 2,
      buffer.getInteger(at: buffer.readerIndex, as: UInt16.self) == 0x0D0A
    {
      buffer.moveReaderIndex(forwardBy: 2)
      searched = 0
    }
    let result: Result<Int?, Problem> = buffer.withUnsafeReadableBytes { bytes in
      while let feed = bytes[searched...].firstIndex(of: 0x0A) {
        guard feed > line, bytes[feed - 1] == 0x0D else {
          let isText = line > 0 || RequestLine.mayBegin(with: bytes[..<feed])
          return .failure(isText ? .bareLineFeed : .notHTTP)
        }
        searched = feed + 1
        if feed == line + 1 { return .success(searched) }
        line = searched
      }
      searched = bytes.count
      guard line > 0 || RequestLine.mayBegin(with: bytes[...]) else { return .failure(.notHTTP) }
      return bytes.count > headBytes ? .failure(.headTooLarge) : .success(nil)
    }
    return try result.get()
  }

  /// Reads a complete header.
  /// - Returns: its content, and the bytes for the parser.
  private func read(_ bytes: ByteBuffer) throws(Problem) -> (RequestHead, ByteBuffer) {
    let result = bytes.withUnsafeReadableBytes { raw in
      Result<(RequestHead, ByteBuffer?), Problem> { () throws(Problem) in try read(raw) }
    }
    let (head, copy) = try result.get()
    return (head, copy ?? bytes)
  }

  /// - Returns: the content, and a copy of the header without the lines that the parser must not see; nil if
  ///   there are none.
  private func read(_ bytes: UnsafeRawBufferPointer) throws(Problem) -> (RequestHead, ByteBuffer?) {
    var fields = RequestFields()
    var request: RequestLine?
    var copy: ByteBuffer?
    var start = 0
    while let feed = bytes[start...].firstIndex(of: 0x0A) {
      let line = bytes[start..<feed - 1]
      guard !line.contains(0x0D) else { throw .badFieldLine }
      var goesOn = true
      if request == nil {
        let first = try RequestLine(line)
        fields = RequestFields(isOld: first.isOld)
        request = first
      } else if !line.isEmpty {
        goesOn = try fields.add(line)
      }
      if !goesOn, copy == nil { copy = ByteBuffer(bytes: bytes[..<start]) }
      if goesOn { copy?.writeBytes(bytes[start...feed]) }
      start = feed + 1
    }
    guard let request else { throw .notHTTP }
    try check(fields.hosts, of: request)
    let keepsAlive = request.isOld ? fields.connection.contains("keep-alive") : true
    let head = RequestHead(
      body: try fields.body(limit: bodyBytes),
      isLast: fields.connection.contains("close") || !keepsAlive)
    if request.isOld, case .chunks = head.body { throw .unsupportedTransferCoding }
    return (head, copy)
  }

  /// Checks `Host` (RFC 9112, section 3.2): a request has exactly one; a request of HTTP/1.0 may omit it.
  private func check(_ fields: [String], of request: RequestLine) throws(Problem) {
    guard fields.count == 1 || (request.isOld && fields.isEmpty) else { throw .badHost(count: fields.count) }
    guard let hosts, let name = request.authority ?? fields.first else { return }
    guard hosts.contains(name) else { throw .foreignHost }
  }

  /// Takes the line with a chunk's size (RFC 9112, section 7.1).
  private mutating func chunkSize(_ buffer: inout ByteBuffer) throws(Problem) -> ByteBuffer? {
    guard let end = try lineEnd(in: buffer, limit: Self.chunkLineBytes) else { return nil }
    guard let line = buffer.readSlice(length: end + 2) else { return nil }
    let text = line.readableBytesView.dropLast(2)
    let digits = text.prefix { HexadecimalDigit.value(of: $0) != nil }
    let rest = text.dropFirst(digits.count).drop { $0 == 0x20 || $0 == 0x09 }
    guard !digits.isEmpty, rest.isEmpty || rest.first == UInt8(ascii: ";") else { throw .badChunk }
    var size = 0
    for digit in digits {
      size = size << 4 | Int(HexadecimalDigit.value(of: digit) ?? 0)
      // Checked for each digit, so that no number of digits overflows.
      guard size <= bodyBytes - taken else { throw .bodyTooLarge(limit: bodyBytes) }
    }
    taken += size
    state = size == 0 ? .trailers : .chunk(left: size)
    return line
  }

  /// Returns the number of bytes before the line end; nil until it has arrived.
  private func lineEnd(in buffer: ByteBuffer, limit: Int) throws(Problem) -> Int? {
    let bytes = buffer.readableBytesView
    guard let feed = bytes.firstIndex(of: 0x0A) else {
      if bytes.count > limit { throw .badChunk }
      return nil
    }
    let count = feed - bytes.startIndex
    guard count > 0, bytes[feed - 1] == 0x0D else {
      throw count == 0 || limit > 2 ? .bareLineFeed : .badChunk
    }
    guard count - 1 <= limit else { throw .badChunk }
    return count - 1
  }
}
