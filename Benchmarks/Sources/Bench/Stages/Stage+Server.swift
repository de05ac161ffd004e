import Ingest
import Storage
import WireProtocol

extension Stage {
  /// The stages from a frame in memory to the bytes of a COPY.
  static func server(_ material: Material) -> [Stage] {
    receiving(material) + writing(material)
  }

  private static func receiving(_ material: Material) -> [Stage] {
    let validator = ColumnValidator(limits: .standard)
    let sound = material.groups.flatMap { $0.map(\.columns) }
    return [
      Stage("checksum", .server) {
        for frame in material.frames {
          let parsed = try FrameParser.next(in: frame.bytes.span.bytes) { _ in .max }
          guard case .frame(let header) = parsed else { continue }
          keep(header.byteCount)
        }
      },
      Stage("LZ4", .server) {
        for block in material.blocks {
          keep(try LZ4Block.decompress(block.bytes.span.bytes, rawLength: block.rawLength).count)
        }
      },
      Stage("columns", .server) {
        for columns in material.columns { keep(try EventColumns(columns, limits: .standard).count) }
      },
      Stage("digest", .server) {
        for columns in material.columns {
          keep(Int(truncatingIfNeeded: Digest64.digest(of: columns.span.bytes)))
        }
      },
      Stage("validation", .server) {
        for columns in sound { keep(validator.deadEvents(in: columns).count) }
      },
      Stage("frame to batch", .server) {
        var receiver = Receiver(validator: validator)
        for frame in material.frames { keep(try receiver.receive(frame.bytes)) }
      },
    ]
  }

  private static func writing(_ material: Material) -> [Stage] {
    let rows = material.groups.map { GroupStages.Rows($0) }
    let sorted = rows.map { $0.sorted() }
    return [
      Stage("queue", .server) {
        let queue = BatchQueue(limits: .standard)
        let nobody = Nobody()
        for group in material.groups {
          for batch in group { _ = queue.offer(batch, observer: nobody) }
          for batch in queue.takeGroup(.standard) ?? [] {
            queue.settle(batch, .countsUnknown, by: StoreIncarnation(1))
          }
        }
      },
      Stage("rows", .server) {
        for group in material.groups { keep(GroupStages.Rows(group).count) }
      },
      Stage("key hashes", .server) {
        let stages = GroupStages()
        for group in rows { keep(stages.hashed(group).count) }
      },
      recentKeys(rows),
      Stage("sort", .server) {
        for group in rows { keep(group.sorted().count) }
      },
      Stage("COPY encode", .server) {
        var stages = GroupStages()
        for group in sorted { keep(stages.encode(group)) }
      },
    ]
  }

  /// The dedup cache lives as long as the process, as in a daemon. From the second round on it contains all keys.
  private static func recentKeys(_ rows: [GroupStages.Rows]) -> Stage {
    let memory = Memory()
    let hashed = rows.map { memory.stages.hashed($0) }
    return Stage("recent keys", .server) {
      for group in hashed { keep(memory.stages.filter(group)) }
    }
  }

  private final class Memory {
    let stages = GroupStages()
  }
}

/// An observer that ignores settlements.
private final class Nobody: SettlementObserver {
  func batchSettled(_ key: BatchKey, _ outcome: BatchOutcome, by incarnation: StoreIncarnation) {}
  func sessionSuperseded(_ producer: ProducerID, by session: Int64) {}
}
