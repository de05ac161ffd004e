internal import Glibc

/// Reads small files in which the system, or a server, reports which processes run.
///
/// An absent file is a certain result. A file that cannot be read, for example because this process has no
/// free descriptor, is not, and must never be taken for "nothing runs".
enum SystemFile {
  /// The longest part of a file that is read, in bytes; the rest is ignored.
  private static let longest = 65_536

  /// Returns the bytes of `path`; nil when there is no such file, or its process has ended.
  /// - Throws: `uncertain` when the file cannot be opened or read for any other reason.
  static func bytes(of path: String) throws(EmbeddedPostgresError) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else {
      if isAbsence(errno) { return nil }
      throw .uncertain(path: path, reason: FileStatus.failure)
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4_096)
    while bytes.count < longest {
      let count = read(descriptor, &piece, piece.count)
      if count < 0, errno == EINTR { continue }
      if count < 0, isAbsence(errno) { return nil }
      guard count >= 0 else { throw .uncertain(path: path, reason: FileStatus.failure) }
      if count == 0 { break }
      bytes += piece.prefix(count)
    }
    return bytes
  }

  /// Returns the text of `path`; nil when there is no such file, or its process has ended.
  /// - Throws: `uncertain`.
  static func text(of path: String) throws(EmbeddedPostgresError) -> String? {
    try bytes(of: path).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Returns the numbers of the running processes.
  /// - Throws: `uncertain`.
  static func processes() throws(EmbeddedPostgresError) -> [pid_t] {
    guard let stream = opendir("/proc") else { throw .uncertain(path: "/proc", reason: FileStatus.failure) }
    defer { closedir(stream) }
    var numbers: [pid_t] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
      }
      if let number = pid_t(name) { numbers.append(number) }
    }
    return numbers
  }

  /// Whether the error `code` means that no file has this name.
  private static func isAbsence(_ code: Int32) -> Bool {
    code == ENOENT || code == ENOTDIR || code == ESRCH
  }
}
