/// A change that is about to be made to the files of a spool.
enum FileChange: Hashable, Sendable {
  /// Creates a file or a directory.
  case make(String)
  case write(String, bytes: Int)
  /// Writes over bytes that the file has.
  case overwrite(String, bytes: Int)
  case cut(String, to: Int)
  /// Syncs a file or the entries of a directory.
  case sync(String)
  case remove(String)
}

/// Observer of each change before it is made. A test learns the order of system calls, and can let one
/// fail.
struct FileWatch: Sendable {
  /// Returns the `errno` to fail with, or 0 to go on.
  let willChange: @Sendable (FileChange) -> CInt
}

extension FileWatch? {
  /// - Parameter call: name of the call for people, as in `SpoolFailure.system`.
  func ask(_ change: FileChange, _ call: String) throws(SpoolFailure) {
    guard let code = self?.willChange(change), code != 0 else { return }
    throw .system(call, path: change.path, code: code)
  }
}

extension FileChange {
  /// Path of the file or directory.
  var path: String {
    switch self {
    case .make(let path), .write(let path, _), .overwrite(let path, _), .cut(let path, _), .sync(let path),
      .remove(let path):
      path
    }
  }
}
