internal import FoundationEssentials
internal import Glibc

/// The file that takes what the server writes, within a bound.
///
/// Every process of the server appends to the one open file, also after the daemon's end, so it can not be
/// replaced under them: when it is full it is copied to a second file and cut to nothing.
struct ServerLog: Sendable {
  /// The file. The one before it has `.1` appended.
  let path: String
  /// Bytes of each of the two files.
  let limit: Int

  init(path: String, limit: Int = 16 << 20) {
    self.path = path
    self.limit = limit
  }

  /// Opens the file for a server to append to. The caller closes it.
  /// - Throws: `unusable`.
  func openForAppending() throws(EmbeddedPostgresError) -> Int32 {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .unusable(path: path, reason: FileStatus.failure) }
    return descriptor
  }

  /// Bytes written so far, to read on from later.
  var size: Int { FileStatus(path, followingLinks: false)?.size ?? 0 }

  /// The text from `offset` on, of which at most the last 64 KiB.
  func text(from offset: Int) -> String {
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    let start = max(offset, size - 65_536)
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let count = pread(descriptor, &bytes, bytes.count, start)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }

  /// Keeps the file within its limit. A line that is written in this moment may be lost.
  /// - Throws: `unusable`.
  func trim() throws(EmbeddedPostgresError) {
    guard size > limit else { return }
    let descriptor = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unusable(path: path, reason: FileStatus.failure) }
    defer { close(descriptor) }
    try copyEnd(of: descriptor, to: "\(path).1")
    guard ftruncate(descriptor, 0) == 0 else { throw .unusable(path: path, reason: FileStatus.failure) }
  }

  private func copyEnd(of source: Int32, to target: String) throws(EmbeddedPostgresError) {
    unlink(target)
    let copy = open(target, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard copy >= 0 else { throw .unusable(path: target, reason: FileStatus.failure) }
    defer { close(copy) }
    var position = off_t(max(0, size - limit))
    var left = limit
    while left > 0 {
      let count = sendfile(copy, source, &position, left)
      guard count > 0 else { return }
      left -= count
    }
  }
}
