internal import Ingest
internal import WireProtocol

/// The most memory that load may take by configuration; what a process needs
/// beside that does not grow with load.
public struct MemorySum: Hashable, Sendable, CustomStringConvertible {
  /// Bodies being received, the queue, and groups in the making.
  public let ingest: Int
  /// Memory of frames and columns that are done with, kept to be used again.
  public let spares: Int
  /// Bodies that the HTTP side is receiving.
  public let httpBodies: Int
  /// Pages of events that wait for their clients.
  public let httpPages: Int
  /// What the writers remember of stored keys.
  public let recentKeys: Int
  /// Events that wait for subscribers of the live tail.
  public let tail: Int
  /// The state of all connections of producers.
  public let connections: Int
  /// One frame of the largest size: its body as sent, and its columns.
  public let largestFrame: Int

  /// Bytes that one connection may hold beside its frame.
  public static let bytesPerConnection = 16 << 10

  /// The bounds that `settings` set.
  public init(_ settings: DaemonSettings) {
    precondition(settings.ingestMemory > 0 && settings.limits.connections > 0, "bounds are at least 1")
    ingest = settings.ingestMemory
    spares =
      SpareBuffers.frameLimit(budget: settings.ingestMemory)
      + SpareBuffers.columnLimit(budget: settings.ingestMemory)
    httpBodies = settings.httpLimits.bodyMemory
    httpPages = settings.httpLimits.pageMemory
    tail = settings.tail.subscribers * settings.tail.buffer
    recentKeys = settings.recentKeys == 0 ? 0 : 2 * Self.keySetBytes(settings.recentKeys)
    connections = settings.limits.connections * Self.bytesPerConnection
    largestFrame = settings.limits.batch.bodyBytes + settings.limits.batch.rawBytes
  }

  /// All of it.
  public var total: Int {
    ingest + spares + httpBodies + httpPages + tail + recentKeys + connections
  }

  /// The sum, with its terms.
  public var description: String {
    let perConnection = UnitScale.bytes.write(Self.bytesPerConnection)
    return
      "\(Self.mebibytes(total)): ingest \(Self.mebibytes(ingest)) and \(Self.mebibytes(spares)) for reuse, "
      + "HTTP bodies \(Self.mebibytes(httpBodies)), "
      + "HTTP pages \(Self.mebibytes(httpPages)), tail \(Self.mebibytes(tail)), recent keys \(Self.mebibytes(recentKeys)), "
      + "connections \(connections / Self.bytesPerConnection) x \(perConnection)"
  }

  /// A set of keys is at most half full, its size a power of two, 16 bytes a slot; there are two of them.
  private static func keySetBytes(_ keys: Int) -> Int {
    var slots = 8
    while slots < keys * 2 { slots *= 2 }
    return slots * 16
  }

  private static func mebibytes(_ bytes: Int) -> String { "\((bytes + (1 << 20) - 1) >> 20)MiB" }
}
