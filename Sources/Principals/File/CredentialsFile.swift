internal import Base
internal import Foundation

/// A credentials file: reads it, and replaces it as a whole.
public struct CredentialsFile: Sendable {
  /// The path.
  public let path: String

  /// The largest file that is read, in bytes.
  static let byteLimit = 16 << 20

  /// Names the file at `path`, which need not exist.
  public init(path: String) {
    self.path = path
  }

  /// The credentials of the file, and a warning about the file.
  public struct Contents: Sendable {
    /// The credentials.
    public let credentials: Credentials
    /// A line for the log when others may read or change the file; nil when only its owner may.
    public let warning: String?
  }

  /// Reads the file. Blocks while it is read.
  public func read() throws(CredentialsError) -> Contents {
    var status = stat()
    guard stat(path, &status) == 0 else { throw failed(errno) }
    guard status.st_size <= Self.byteLimit else {
      throw .file(path: path, reason: "it has more than \(Self.byteLimit >> 20) MiB")
    }
    guard let data = FileManager.default.contents(atPath: path) else { throw failed(errno) }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw .malformed(path: path, line: 1, reason: "this is not UTF-8")
    }
    let isPrivate = status.st_mode & 0o077 == 0
    return Contents(
      credentials: try CredentialsReader(path: path).read(text),
      warning: isPrivate
        ? nil : "other accounts of this machine may read or change the credentials file \(path): chmod 600 it"
    )
  }

  /// Changes the file. The new file replaces the old one in one step, with the mode 0600 and the same owner, and
  /// is on disk when this returns. Another process that changes the file waits. Blocks.
  ///
  /// - Parameters:
  ///   - mayCreate: Whether a missing file counts as credentials without a principal.
  ///   - change: Changes the credentials of the file.
  /// - Throws: `CredentialsError`; the file is then as it was.
  package func update<Result>(
    mayCreate: Bool = false, _ change: (inout Credentials) throws(CredentialsError) -> Result
  ) throws(CredentialsError) -> Result {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    let lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard lock >= 0 else { throw failed(errno) }
    defer { close(lock) }
    guard flock(lock, LOCK_EX) == 0 else { throw failed(errno) }
    var credentials = mayCreate && FileStamp(path) == nil ? Credentials() : try read().credentials
    let result = try change(&credentials)
    try replace(CredentialsWriter.text(credentials))
    fsync(lock)
    return result
  }

  private func replace(_ text: String) throws(CredentialsError) {
    let draft = path + ".new"
    unlink(draft)
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failed(errno) }
    var status = stat()
    // The daemon may run as another account than the administrator who changes the file.
    if stat(path, &status) == 0 { _ = fchown(descriptor, status.st_uid, status.st_gid) }
    let isWritten = Self.write(Array(text.utf8), to: descriptor) && fsync(descriptor) == 0
    let reason = errno
    close(descriptor)
    guard isWritten, rename(draft, path) == 0 else {
      let reason = isWritten ? errno : reason
      unlink(draft)
      throw failed(reason)
    }
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  private func failed(_ code: Int32) -> CredentialsError {
    .file(path: path, reason: String(cString: strerror(code)))
  }
}
