import Foundation
import Synchronization

@testable import ClientLib

/// Content of a spool's directory after a power failure at this moment: the files whose entries are synced,
/// each with the bytes of its last sync.
final class PowerDisk: Sendable {
  private struct State {
    var changes: [FileChange] = []
    var written: [String: Int] = [:]
    var synced: [String: Int] = [:]
    var entries: Set<String> = []
  }

  private let directory: String
  private let state = Mutex(State())
  /// Called before each change is made.
  private let check: @Sendable (PowerDisk) -> Void

  init(_ directory: String, check: @escaping @Sendable (PowerDisk) -> Void) {
    self.directory = directory
    self.check = check
  }

  var watch: FileWatch {
    FileWatch { [self] change in
      check(self)
      state.withLock { state in
        state.changes.append(change)
        switch change {
        case .make(let path): (state.written[path], state.synced[path]) = (0, 0)
        case .write(let path, let bytes): state.written[path, default: 0] += bytes
        case .overwrite: break
        case .cut(let path, let count): state.written[path] = count
        case .sync(let path) where path == directory: state.entries = Set(state.written.keys)
        case .sync(let path): state.synced[path] = state.written[path]
        case .remove(let path):
          state.written[path] = nil
          state.entries.remove(path)
        }
      }
      return 0
    }
  }

  var changes: [FileChange] { state.withLock(\.changes) }

  /// The files after a power failure.
  /// - Parameter isLucky: whether the disk has the newest file as it was written, although it was not
  /// synced.
  func files(isLucky: Bool) -> MemoryDisk {
    let (entries, synced, newest) = state.withLock { state in
      (state.entries, state.synced, state.written.keys.filter { $0.hasSuffix(".spool") }.max())
    }
    var disk = MemoryDisk()
    for path in entries.union(isLucky ? [newest].compactMap { $0 } : []) where path.hasSuffix(".spool") {
      guard let number = UInt64(path.dropLast(6).suffix(16), radix: 16),
        let bytes = FileManager.default.contents(atPath: path)
      else { continue }
      disk.files[number] = Array(isLucky && path == newest ? bytes : bytes.prefix(synced[path] ?? 0))
    }
    return disk
  }
}
