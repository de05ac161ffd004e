import Compression
import NIOCore
import Synchronization

/// Expands compressed bodies on the reader threads, a piece at a time, so that a large body keeps neither a thread nor
/// the memory from other requests for long.
final class BodyExpander: Sendable {
  /// Maximum bytes that one piece consumes, and maximum bytes that it produces; less than a millisecond of work.
  static let pieceBytes = 128 << 10
  /// Maximum expanded bytes for each compressed byte, beyond `freeBytes`. Text that people log expands to 5 to 60
  /// times its size.
  static let ratio = 256
  /// Expanded bytes to which `ratio` does not apply.
  static let freeBytes = 1 << 20
  /// Bodies that are expanded at the same time; others wait in order. Each needs memory for its window.
  static let places = 2

  /// The memory of all bodies.
  let memory: BodyMemory
  private let limit: Int
  private let timeout: Duration
  private let readers: ReaderThreads
  private let places = ExpanderPlaces(count: BodyExpander.places)

  /// - Parameters:
  ///   - limit: Maximum bytes of an expanded body.
  ///   - timeout: Maximum time that a body waits for a place among the expanded bodies, and maximum time from there
  ///     to its last byte.
  init(limit: Int, timeout: Duration, readers: ReaderThreads, memory: BodyMemory) {
    self.limit = limit
    self.timeout = timeout
    self.readers = readers
    self.memory = memory
  }

  /// Returns the expanded `body`, whose bytes are counted in `share`.
  /// - Throws: 400 for a malformed body, 413 for a body that expands beyond a limit, 503 when there is no memory
  ///   or no place in time.
  func expand(
    _ body: ByteBuffer, _ format: CompressionFormat, counting share: ExpandedShare
  ) async throws -> ByteBuffer {
    guard await places.take(within: timeout) else { throw Problem.noPlaceForBody }
    defer { places.give() }
    let end = ContinuousClock.now + timeout
    let expansion = try BodyExpansion(of: body, format, limit: limit)
    var counted = 0
    var isComplete = false
    while !isComplete {
      guard !Task.isCancelled, ContinuousClock.now < end else { throw Problem.noRoomForBody }
      let piece = min(Self.pieceBytes, limit - counted)
      if piece > 0 { try await share.add(piece) }
      counted += piece
      isComplete = try await readers.run { expansion.takePiece() }.get()
    }
    let expanded = expansion.expanded
    share.remove(counted - expanded.readableBytes)
    return expanded
  }
}

/// One body that is being expanded. Its pieces run one after another, on any thread.
private final class BodyExpansion: Sendable {
  private struct State: ~Copyable {
    private var decompressor: Decompressor
    private var compressed: ByteBuffer
    private(set) var expanded = ByteBuffer()

    init(_ decompressor: consuming Decompressor, _ compressed: ByteBuffer) {
      self.decompressor = decompressor
      self.compressed = compressed
    }

    /// Expands the next piece.
    /// - Returns: whether the body is complete.
    mutating func takePiece() throws(DecompressionError) -> Bool {
      let compressed = compressed
      let size = min(compressed.readableBytes, BodyExpander.pieceBytes)
      let input = compressed.readableBytesSpan.extracting(first: size)
      var result = Result<Decompressor.Progress, DecompressionError>.success(Decompressor.Progress())
      // Taken out of the state, so that it stays the only reference to its memory.
      var expanded = ByteBuffer()
      swap(&expanded, &self.expanded)
      expanded.writeWithUnsafeMutableBytes(minimumWritableBytes: BodyExpander.pieceBytes) { output in
        let piece = UnsafeMutableRawBufferPointer(rebasing: output[..<BodyExpander.pieceBytes])
        result = Result { () throws(DecompressionError) in try decompressor.expand(input, into: piece) }
        return (try? result.get().produced) ?? 0
      }
      swap(&expanded, &self.expanded)
      let progress = try result.get()
      self.compressed.moveReaderIndex(forwardBy: progress.consumed)
      let isFilled = progress.produced == BodyExpander.pieceBytes
      guard !isFilled, self.compressed.readableBytes == 0 else { return false }
      try decompressor.finish()
      return true
    }
  }

  private let limit: Int
  private let state: Mutex<State>

  init(of body: ByteBuffer, _ format: CompressionFormat, limit: Int) throws(Problem) {
    self.limit = limit
    let limits = ExpansionLimits(bytes: limit, ratio: BodyExpander.ratio, freeBytes: BodyExpander.freeBytes)
    do throws(DecompressionError) {
      state = Mutex(State(try Decompressor(format, limits: limits), body))
    } catch {
      throw Problem.compressedBody(error, limit: limit)
    }
  }

  /// The bytes so far.
  var expanded: ByteBuffer { state.withLock { $0.expanded } }

  /// Expands the next piece.
  /// - Returns: whether the body is complete.
  func takePiece() -> Result<Bool, Problem> {
    state.withLock { state in
      Result { () throws(DecompressionError) in try state.takePiece() }
    }.mapError { .compressedBody($0, limit: limit) }
  }
}

/// A number of places, which are given in the order in which they were asked for.
private final class ExpanderPlaces: Sendable {
  private struct Waiting {
    let number: UInt64
    let turn: AsyncStream<Void>.Continuation
  }

  private struct State {
    var free: Int
    var lastNumber: UInt64 = 0
    /// At most as many as there are requests.
    var waiting: [Waiting] = []
  }

  private let state: Mutex<State>

  init(count: Int) {
    precondition(count >= 1, "nobody could ever have a place")
    state = Mutex(State(free: count))
  }

  /// Waits for a place, which `give` must return.
  /// - Returns: false when there is no place within `limit`.
  func take(within limit: Duration) async -> Bool {
    let (turns, turn) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingOldest(1))
    let number: UInt64? = state.withLock { state in
      guard state.free == 0 else {
        state.free -= 1
        return nil
      }
      state.lastNumber += 1
      state.waiting.append(Waiting(number: state.lastNumber, turn: turn))
      return state.lastNumber
    }
    guard let number else { return true }
    _ = await Deadline.within(limit) { await turns.first { _ in true } }
    // A request that is no longer in the list was given a place, perhaps after its time was over.
    return state.withLock { state in
      guard let index = state.waiting.firstIndex(where: { $0.number == number }) else { return true }
      state.waiting.remove(at: index)
      return false
    }
  }

  /// Returns a place.
  func give() {
    let next: Waiting? = state.withLock { state in
      guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
      state.free += 1
      return nil
    }
    next?.turn.yield()
  }
}
