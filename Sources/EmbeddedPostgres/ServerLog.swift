internal import FoundationEssentials
internal import Glibc

/// The file of the server's log, whose size is bounded.
///
/// Every process of the server appends to the same open file, even after the daemon's end, so the file cannot
/// be replaced. When it is longer than `limit`, its end is copied to a second file and the file is truncated
/// to 0 bytes.
struct ServerLog: Sendable {
  /// The path of the file. The second file has `.1` appended.
  let path: String
  /// The size limit of each of the two files, in bytes.
  let limit: Int

  init(path: String, limit: Int = 16 << 20) {
    precondition(limit > 0, "a log has room for a line")
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

  /// The size of the file in bytes, as an offset for `text(from:)`.
  var size: Int { FileStatus(path, followingLinks: false)?.size ?? 0 }

  /// Returns the text from `offset` on, but at most the last 64 KiB of the file.
  func text(from offset: Int) -> String {
    precondition(offset >= 0, "a position in the file")
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    let start = max(offset, size - 65_536)
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let count = pread(descriptor, &bytes, bytes.count, start)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }

  /// Keeps the file within its limit. A line that is written at the same moment may be lost.
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
      assert(left >= 0, "sendfile copies no more than it is asked for")
    }
  }
}
