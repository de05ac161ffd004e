internal import Glibc

/// What the system says about one name in the file system (`stat(2)`).
struct FileStatus: Sendable {
  /// The same for two names of one file, and for no two files of one moment.
  struct Identity: Hashable, Sendable {
    /// The device.
    let device: UInt64
    /// The number within it.
    let inode: UInt64
  }

  /// Which file it is.
  let identity: Identity
  /// The owner.
  let owner: uid_t
  /// The group.
  let group: gid_t
  /// Permission bits, without the type.
  let permissions: mode_t
  /// Whether it is a directory.
  let isDirectory: Bool
  /// Bytes.
  let size: Int

  /// The status of `path`, of a symbolic link itself unless `followingLinks`; nil with `errno` set when
  /// there is none to be had.
  init?(_ path: String, followingLinks: Bool) {
    var status = stat()
    guard (followingLinks ? stat(path, &status) : lstat(path, &status)) == 0 else { return nil }
    self.init(status)
  }

  /// The status of an open file.
  init?(descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  private init(_ status: stat) {
    self.identity = Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    self.owner = status.st_uid
    self.group = status.st_gid
    self.permissions = status.st_mode & 0o7777
    self.isDirectory = status.st_mode & S_IFMT == S_IFDIR
    self.size = Int(status.st_size)
  }

  /// The sentence for the current `errno`.
  static var failure: String { String(cString: strerror(errno)) }
}
