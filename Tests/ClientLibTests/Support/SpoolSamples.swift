import Foundation
import WireProtocol

@testable import ClientLib

extension SpoolNumber {
  static func sample(_ sequence: UInt64, epoch: UInt32 = 1) -> SpoolNumber {
    SpoolNumber(epoch: epoch, sequence: sequence)
  }
}

extension SpooledBatch {
  /// A batch whose bytes are its number.
  static func sample(_ sequence: UInt64, epoch: UInt32 = 1, bytes: Int = 10) -> SpooledBatch {
    SpooledBatch(
      number: .sample(sequence, epoch: epoch), events: 2, codec: .none, rawLength: bytes, expiry: 0,
      bytes: Array(repeating: UInt8(truncatingIfNeeded: sequence), count: bytes))
  }
}

extension SpoolState {
  static func sample(
    _ producer: ProducerID = .first, epoch: UInt32 = 1, next: UInt64 = 1, base: UInt64 = 1,
    highestCommitted: UInt64 = 0,
    lineage: Lineage? = nil, renumbered: [SpoolNumber] = []
  ) -> SpoolState {
    SpoolState(
      producer: producer, epoch: epoch, next: next, base: base, highestCommitted: highestCommitted,
      lineage: lineage,
      renumbered: renumbered)
  }
}

extension [SpoolRecord] {
  /// The file of these records.
  var file: [UInt8] {
    reduce(into: SpoolSegment.preamble) { bytes, record in
      let (header, body) = record.encoded()
      bytes += header + body
    }
  }
}

/// The files of a spool in memory, written by the log's commands.
struct MemoryDisk {
  var files: [UInt64: [UInt8]] = [:]
  private var newest: UInt64 = 0

  /// Executes a command, but writes only the first `limit` bytes.
  mutating func perform(_ command: SpoolLog.Command, limit: Int = .max) {
    switch command {
    case .begin(let segment, let state):
      newest = segment
      files[segment] = Array([SpoolRecord.state(state)].file.prefix(limit))
    case .append(let record):
      let (header, body) = record.encoded()
      files[newest]? += (header + body).prefix(limit)
    case .restart(let segment, let state):
      files[segment] = Array([SpoolRecord.state(state)].file.prefix(limit))
    case .delete(let segment): files[segment] = nil
    }
  }

  /// Reads the files like `SpoolDirectory`, which cuts off a torn end.
  mutating func recover(fresh: ProducerID, capacity: Int = 1 << 20) -> SpoolRecovery {
    var replay = SpoolReplay()
    let numbers = files.keys.sorted()
    for number in numbers {
      let bytes = files[number] ?? []
      let segment = SpoolSegment(bytes.span.bytes)
      replay.add(segment, number: number)
      guard segment.end < bytes.count else { continue }
      if number == numbers.last {
        files[number] = Array(bytes.prefix(segment.end))
      } else {
        replay.addDamage(segment.end..<bytes.count, number: number)
      }
    }
    return SpoolRecovery(
      replay, segments: numbers.map { ($0, files[$0]?.count ?? 0) }, fresh: fresh, capacity: capacity)
  }
}

/// A directory that exists during `body`.
func withDirectory<Result>(_ body: (String) async throws -> Result) async throws -> Result {
  let url = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-spool-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
  defer { try? FileManager.default.removeItem(at: url) }
  return try await body(url.path)
}

/// Names and bytes of a spool's files.
func spoolFiles(_ directory: String) throws -> [String: [UInt8]] {
  var files: [String: [UInt8]] = [:]
  for name in try FileManager.default.contentsOfDirectory(atPath: directory) where name.hasSuffix(".spool") {
    files[name] = [UInt8](try Data(contentsOf: URL(filePath: "\(directory)/\(name)")))
  }
  return files
}
