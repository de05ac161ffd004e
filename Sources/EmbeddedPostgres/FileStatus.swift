internal import Glibc

/// The status of one name in the file system (`stat(2)`).
struct FileStatus: Sendable {
  /// The identity of a file: equal for two names of the same file, different for two files that exist at the
  /// same time.
  struct Identity: Hashable, Sendable {
    /// The device number.
    let device: UInt64
    /// The inode number on the device.
    let inode: UInt64
  }

  /// The identity of the file.
  let identity: Identity
  /// The user id of the owner.
  let owner: uid_t
  /// The group id.
  let group: gid_t
  /// The permission bits, without the type.
  let permissions: mode_t
  /// Whether the file is a directory.
  let isDirectory: Bool
  /// The size in bytes.
  let size: Int

  /// The status of `path`. For a symbolic link it is the status of the link itself, unless `followingLinks`.
  /// Nil, with `errno` set, when the system returns no status.
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

  /// The system's message for the current `errno`.
  static var failure: String { String(cString: strerror(errno)) }
}
