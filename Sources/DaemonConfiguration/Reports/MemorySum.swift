internal import Ingest
internal import TextFormats
internal import WireProtocol

/// The most memory in bytes that load may take with a configuration. The rest of the process's memory does
/// not grow with load.
public struct MemorySum: Hashable, Sendable, CustomStringConvertible {
  /// The queue, groups that are being formed, and batches on their way to the queue.
  public let ingest: Int
  /// The buffers that connections of producers hold because of their peers' behaviour: `ingest.buffers`, one
  /// largest frame that is admitted beyond this bound, and for each loop its receive buffer and one read beyond
  /// the bound.
  public let buffers: Int
  /// Buffers of processed frames and columns, kept for reuse.
  public let pools: Int
  /// Bodies that the HTTP server is receiving or expanding, and the decompressors.
  public let httpBodies: Int
  /// Pages of events that wait to be sent to HTTP clients.
  public let httpPages: Int
  /// The dedup cache of the writers.
  public let recentKeys: Int
  /// The encryption of all connections of HTTP clients; 0 without TLS.
  public let httpEncryption: Int
  /// Events that wait for subscribers of the live tail.
  public let tail: Int
  /// The history of figures, with the longest names of topics.
  public let history: Int
  /// The state of all connections of producers.
  public let connections: Int
  /// The state of one connection.
  private let perConnection: Int
  /// One frame of the largest size: its body as sent, and its columns.
  public let largestFrame: Int

  /// The terms of the sum for the reference, in Markdown.
  static let terms: [(name: String, text: String)] = [
    ("the queue, groups, and batches on their way to the queue", "`ingest.memory`"),
    ("buffers kept for reuse", "3/32 of `ingest.memory`"),
    (
      "frames and answers of all connections",
      "`ingest.buffers` + `limits.batch.body` + `tcp.loops` x \(UnitScale.bytes.write(2 * readBytes))"
    ),
    (
      "bodies that the HTTP server is receiving or expanding, and two decompressors",
      "`http.body.memory` + \(UnitScale.bytes.write(decompressorBytes))"
    ),
    ("pages that wait for HTTP clients", "`http.page.memory`"),
    (
      "TLS of the HTTP server, when it speaks TLS",
      "`http.connections` x \(UnitScale.bytes.write(bytesPerHTTPEncryption))"
    ),
    ("the live tail", "`tail.subscribers` x (`tail.buffer` + \(UnitScale.bytes.write(tailTextBytes)))"),
    ("the dedup cache", "2 x 16 bytes x 4/3 of `writers.dedup.keys`; 0 for 0"),
    ("the history of figures, with the longest names of topics", UnitScale.bytes.write(historyBytes)),
    (
      "connections of producers",
      "`limits.connections` x \(UnitScale.bytes.write(bytesPerConnection)), and with TLS "
        + "\(UnitScale.bytes.write(bytesPerEncryption)) more each"
    ),
  ]

  /// Bytes that one connection may hold in addition to its frame.
  public static let bytesPerConnection = 16 << 10

  /// Bytes that the encryption of one connection holds in addition: its state, and a partial record of each
  /// direction.
  public static let bytesPerEncryption = 48 << 10

  /// Bytes that the encryption of one connection of an HTTP client holds: its state, records of each direction, and the
  /// state of HTTP/2. Measured with 500 idle connections: 66 KiB with HTTP/1.1, 95 KiB with HTTP/2.
  public static let bytesPerHTTPEncryption = 128 << 10

  /// Bytes of the two decompressors of the HTTP server: each has a window of at most 8 MiB.
  public static let decompressorBytes = 18 << 20

  /// The longest read in bytes (`SocketOptions.readBudget`, and the receive buffer of a loop).
  public static let readBytes = 256 << 10
  /// Bytes of the text of one page of the live tail, which is written to a subscriber's socket.
  public static let tailTextBytes = 512 << 10

  /// Bytes of the history, in whole MiB.
  static let historyBytes = ((IngestHistory.mostBytes - 1) / (1 << 20) + 1) << 20

  /// The bounds that follow from `settings`.
  public init(_ settings: DaemonSettings) {
    precondition(settings.ingestMemory > 0 && settings.limits.connections > 0, "bounds are at least 1")
    ingest = settings.ingestMemory
    buffers = settings.ingestBuffers + settings.limits.batch.bodyBytes + settings.loops * 2 * Self.readBytes
    pools =
      BufferPool.frameLimit(budget: settings.ingestMemory)
      + BufferPool.columnLimit(budget: settings.ingestMemory)
    httpBodies = settings.httpLimits.bodyMemory + Self.decompressorBytes
    httpPages = settings.httpLimits.pageMemory
    httpEncryption =
      settings.tls.isOnForHTTP ? settings.httpLimits.connections * Self.bytesPerHTTPEncryption : 0
    tail = settings.tail.subscribers * (settings.tail.buffer + Self.tailTextBytes)
    recentKeys = settings.recentKeys == 0 ? 0 : 2 * Self.keySetBytes(settings.recentKeys)
    history = Self.historyBytes
    perConnection = Self.bytesPerConnection + (settings.tls.isOn ? Self.bytesPerEncryption : 0)
    connections = settings.limits.connections * perConnection
    largestFrame = settings.limits.batch.bodyBytes + settings.limits.batch.rawBytes
  }

  /// The sum of all terms in bytes.
  public var total: Int {
    ingest + buffers + pools + httpBodies + httpPages + httpEncryption + tail + recentKeys + history
      + connections
  }

  /// The sum and its terms as text.
  public var description: String {
    return
      "\(Self.mebibytes(total)): ingest \(Self.mebibytes(ingest)) and \(Self.mebibytes(pools)) for reuse, "
      + "frames and answers \(Self.mebibytes(buffers)), "
      + "HTTP bodies \(Self.mebibytes(httpBodies)), "
      + "HTTP pages \(Self.mebibytes(httpPages)), "
      + (httpEncryption > 0 ? "HTTP encryption \(Self.mebibytes(httpEncryption)), " : "")
      + "tail \(Self.mebibytes(tail)), dedup cache \(Self.mebibytes(recentKeys)), "
      + "history \(Self.mebibytes(history)), "
      + "connections \(connections / perConnection) x \(UnitScale.bytes.write(perConnection))"
  }

  /// Returns the bytes of a set of keys: at most three quarters of its slots are used, and a slot has 16 bytes. The
  /// dedup cache has two such sets.
  private static func keySetBytes(_ keys: Int) -> Int {
    max(8, keys + keys / 3 + 1) * 16
  }

  private static func mebibytes(_ bytes: Int) -> String { "\((bytes + (1 << 20) - 1) >> 20)MiB" }
}
