import Foundation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The file with the positions of followed files, locked by this process.
///
/// A write replaces the whole file: the new content is synced under another name and then renamed. So a crash leaves
/// the old or the new content, never a part.
final class StateFile: Sendable {
  private let path: String
  // Holds the lock as long as it is open.
  private let lock: OpenFile

  /// The paths of all files that belong to the state file at `path`: the file, its next content, and its lock.
  static func paths(of path: String) -> [String] { [path, next(path), lock(path)] }

  private static func next(_ path: String) -> String { "\(path).new" }

  private static func lock(_ path: String) -> String { "\(path).lock" }

  /// Locks the state file at `path`. The lock is a file of its own, because each write replaces the state file.
  init(_ path: String) throws(RunFailure) {
    self.path = path
    do throws(SystemFailure) {
      lock = try OpenFile(Self.lock(path), O_RDWR | O_CREAT)
    } catch {
      throw RunFailure(.input, "cannot open the lock of the state file, \(Self.lock(path)): \(error)")
    }
    guard flock(lock.descriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw RunFailure(
        .input,
        "the state file \(path) is in use: another sluice-publish follows with it; stop that process, or give "
          + "this one a --state of its own")
    }
  }

  /// Returns the content; an empty state when there is no file yet.
  func read() throws(RunFailure) -> FollowState {
    do {
      let file: OpenFile
      do throws(SystemFailure) {
        file = try OpenFile(path, O_RDONLY)
      } catch {
        if error.code == ENOENT { return FollowState() }
        throw error
      }
      let size = try file.status().size
      return try JSONDecoder().decode(FollowState.self, from: Data(file.read(at: 0, count: Int(size))))
    } catch {
      throw RunFailure(
        .input,
        "cannot read the state file \(path): \(Self.reason(error)); repair it, or move it away to read the files "
          + "from their beginning")
    }
  }

  /// Replaces the content, and returns when the disk has it.
  func write(_ state: FollowState) throws(RunFailure) {
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      let text = try encoder.encode(state)
      let new = Self.next(path)
      let file = try OpenFile(new, O_WRONLY | O_CREAT | O_TRUNC)
      try file.write(Array(text) + [UInt8(ascii: "\n")])
      try file.sync()
      guard rename(new, path) == 0 else { throw SystemFailure(code: errno) }
      try OpenFile(directory(of: path), O_RDONLY).sync()
    } catch {
      throw RunFailure(
        .incomplete,
        "cannot write the state file \(path): \(Self.reason(error)); correct the cause and start again, then lines "
          + "since its last write are sent again and count as duplicates")
    }
  }

  private static func reason(_ error: any Error) -> String {
    switch error {
    case let failure as SystemFailure: "\(failure)"
    case DecodingError.dataCorrupted(let context): context.debugDescription
    case DecodingError.keyNotFound(let key, _): "\"\(key.stringValue)\" is missing"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      context.debugDescription
    default: "\(error)"
    }
  }
}

/// Returns the path of the directory that has `path` as an entry.
func directory(of path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}
