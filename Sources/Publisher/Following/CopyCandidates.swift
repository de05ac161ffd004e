/// New files that may be copies of followed files.
///
/// Who rotates by "copy and truncate" first copies a file and then truncates it. Between the two, the copy looks like any
/// other new file. A new file whose bytes are those of a followed file therefore waits: until the original is
/// truncated, so that the file is known as its copy; until their bytes differ; or until a time is over.
struct CopyCandidates: Sendable {
  /// A new file that is open.
  struct File {
    let open: OpenFile
    let key: FileKey
    let size: UInt64
    /// Its first bytes, as many as a head has.
    let start: [UInt8]

    init(_ open: OpenFile, _ key: FileKey, size: UInt64, start: [UInt8]) {
      self.open = open
      self.key = key
      self.size = size
      self.start = start
    }

    /// Index of the latest ended content of which the file is a copy; nil when there is none.
    func original(among ended: [FollowedFile]) throws(SystemFailure) -> Int? {
      for index in ended.indices.reversed() {
        let original = ended[index]
        // The same file has a new content. And a few bytes may be the beginning of many files.
        guard original.key != key, original.head.count >= FilePosition.tailBytes else { continue }
        if try begins(with: original) { return index }
      }
      return nil
    }

    /// The file among those of the state file that is this one, although its device has another number, as some devices
    /// have after a start of the machine; nil when there is none.
    func same(among missing: [FollowedFile], _ path: String) throws(SystemFailure) -> FollowedFile? {
      for file in missing where file.key.inode == key.inode && file.path == path {
        if try begins(with: file) { return file }
      }
      return nil
    }

    /// Whether the file has everything that was read of a content.
    private func begins(with content: FollowedFile) throws(SystemFailure) -> Bool {
      let position = content.position
      guard size >= position.offset, content.head.fits(start, content.id) else { return false }
      let lead = min(UInt64(FilePosition.tailBytes), position.offset)
      let tail = try open.read(at: position.offset - lead, count: Int(lead))
      return content.id.fingerprint(of: tail.span.bytes) == position.tail
    }

    /// Whether the bytes of the file are the first ones of `other`, as far as the beginning and the end of the
    /// shorter one tell.
    fileprivate func resembles(_ other: FollowedFile) throws(SystemFailure) -> Bool {
      guard let reading = other.open ?? (try? OpenFile(other.path, 0)) else { return false }
      let status = try reading.status()
      // Truncated just now: the next scan knows more.
      guard status.size >= max(UInt64(other.head.count), other.position.offset) else { return true }
      let common = min(size, status.size)
      guard common > 0 else { return false }
      let count = Int(min(common, UInt64(FileHead.mostBytes)))
      for offset in [0, common - UInt64(count)] {
        guard try reading.read(at: offset, count: count) == open.read(at: offset, count: count) else {
          // The bytes also differ when the followed file was truncated just now. The next scan notices that.
          return try !other.head.fits(reading.read(at: 0, count: FileHead.mostBytes), other.id)
        }
      }
      return true
    }
  }

  private struct Waiting {
    var size: UInt64
    var since: ContinuousClock.Instant
  }

  private var waiting: [FileKey: Waiting] = [:]

  /// Whether a new file must wait, because it may be the copy of a followed file.
  /// - Parameter longest: time that a file waits without growing.
  mutating func mustWait(
    _ new: File, _ files: [FollowedFile], atMost longest: Duration, now: ContinuousClock.Instant
  ) throws(SystemFailure) -> Bool {
    for file in files where mayResemble(new, file) {
      guard try new.resembles(file) else { continue }
      var entry = waiting[new.key] ?? Waiting(size: new.size, since: now)
      // A copy that is still being written is shorter than its original.
      if entry.size != new.size, new.size <= file.size { entry = Waiting(size: new.size, since: now) }
      waiting[new.key] = entry
      return now - entry.since < longest
    }
    return false
  }

  /// Forgets all files but these.
  mutating func keep(only keys: Set<FileKey>) {
    waiting = waiting.filter { keys.contains($0.key) }
  }

  /// Whether the heads allow a resemblance, without a look at the followed file.
  private func mayResemble(_ new: File, _ file: FollowedFile) -> Bool {
    new.start.count < file.head.count || file.head.fits(new.start, file.id)
  }
}
