import Foundation
import Synchronization

@testable import ClientLib

/// A disk of few blocks under a spool's directory: a write that needs more fails as on a full disk.
final class SmallDisk: Sendable {
  fileprivate struct State {
    var free: Int
    var files: [String: Int] = [:]
  }

  private let state: Mutex<State>

  init(blocks: Int) {
    state = Mutex(State(free: blocks))
  }

  /// Another program takes or releases blocks.
  func addFree(_ blocks: Int) { state.withLock { $0.free += blocks } }

  /// Adds a file of an earlier process.
  func has(_ path: String) {
    let bytes = FileManager.default.contents(atPath: path)?.count ?? 0
    state.withLock { $0.files[path] = bytes }
  }

  var free: Int { state.withLock(\.free) }

  var watch: FileWatch { FileWatch { [self] change in state.withLock { $0.apply(change) } } }
}

extension SmallDisk.State {
  fileprivate mutating func apply(_ change: FileChange) -> CInt {
    switch change {
    case .make(let path): return resize(path, to: 0)
    case .write(let path, let bytes): return resize(path, to: files[path, default: 0] + bytes)
    case .cut(let path, let count): return resize(path, to: count)
    case .remove(let path): return resize(path, to: 0)
    case .overwrite, .sync: return 0
    }
  }

  private mutating func resize(_ path: String, to count: Int) -> CInt {
    let (before, after) = (blocks(files[path, default: 0]), blocks(count))
    guard after - before <= max(free, 0) else { return ENOSPC }
    free -= after - before
    files[path] = count
    return 0
  }

  private func blocks(_ bytes: Int) -> Int { (bytes + 4_095) / 4_096 }
}
