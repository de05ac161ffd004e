#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The followed files of a run: finds them by their patterns, knows them again after a rotation, and reads their
/// lines, those of older files first.
struct FollowedFiles: Sendable {
  /// Contents that are known at most. Further files are not followed until earlier ones are removed.
  static let most = 4_096
  /// Ended contents that are known at most, the latest ones.
  private static let mostEnded = 64

  private let patterns: [FilePattern]
  /// Time that a rotated file stays unchanged until its last line is taken without an end, and that a file which may
  /// be a copy waits.
  private let rotateWait: Duration
  private(set) var files: [FollowedFile] = []
  private var ended: [FollowedFile] = []
  /// Files of the state file that the first scan did not find.
  private var missing: [FollowedFile] = []
  private var hasScanned = false
  private var candidates = CopyCandidates()
  /// Files that are not followed because they are compressed.
  private var compressed: Set<FileKey> = []
  private var told: Set<String> = []
  /// Index of the file that is read next.
  private var next = 0
  /// Lines for people about files.
  private(set) var notices: [String] = []
  /// Whether the state file must be written before lines are sent, because it does not have a content yet.
  private(set) var hasNewContent = false

  init(_ patterns: [FilePattern], rotateWait: Duration, state: FollowState, now: ContinuousClock.Instant) {
    self.patterns = patterns
    self.rotateWait = rotateWait
    files = state.files.map { FollowedFile($0, now: now) }
    ended = state.ended.map { FollowedFile($0, now: now) }
  }

  /// Directories in which changes matter.
  var directories: Set<String> {
    Set(patterns.compactMap(\.directory)).union(files.map { directory(of: $0.path) })
  }

  /// The state for the state file. After it `hasNewContent` is false.
  /// - Parameter positions: up to which the contents are committed.
  mutating func state(_ positions: CommitPositions) -> FollowState {
    hasNewContent = false
    return FollowState(
      files: files.map { $0.noted(positions[$0.id] ?? .start(of: $0.id)) },
      ended: ended.map { $0.noted(positions[$0.id] ?? .start(of: $0.id)) })
  }

  /// Returns the collected lines for people.
  mutating func takeNotices() -> [String] {
    defer { notices = [] }
    return notices
  }

  /// Looks for new, renamed, truncated and removed files. Reading begins with the oldest file again.
  /// - Parameter positions: up to which the contents are committed.
  mutating func scan(_ positions: CommitPositions, now: ContinuousClock.Instant) {
    next = 0
    let found = find()
    let known = files
    files = []
    for var file in known {
      switch update(&file, found[file.key], now) {
      case .present: if !isDone(file, positions, now) { files.append(file) }
      case .truncated: end(file)
      case .gone: if !hasScanned { missing.append(file) }
      }
    }
    let keys = Set(files.map(\.key))
    let new = found.values.filter { !keys.contains($0.status.key) && $0.status.size > 0 }
    for file in new.sorted(by: { ($0.status.modified, $0.path) < ($1.status.modified, $1.path) }) {
      consider(file, now)
    }
    candidates.keep(only: Set(new.map(\.status.key)))
    (hasScanned, missing) = (true, [])
  }

  /// Returns the next lines; nil when everything was read up to the sizes of the last scan.
  mutating func read(now: ContinuousClock.Instant) -> FollowedLines? {
    while next < files.count {
      do throws(SystemFailure) {
        var reading = try files[next].read()
        let isLast = files[next].isRotated && now - files[next].changed >= rotateWait
        if case .end = reading, isLast { reading = try files[next].readRest() }
        switch reading {
        case .lines(let lines): return lines
        case .end:
          if isLast { files[next].close() }
          next += 1
        case .truncated: end(files.remove(at: next))
        }
      } catch {
        tell(once: "cannot read \(files[next].path): \(error)")
        next += 1
      }
    }
    return nil
  }

  private mutating func tell(once text: String) {
    guard told.count < Self.most, told.insert(text).inserted else { return }
    notices.append(text)
  }
}

extension FollowedFiles {
  /// A file that a pattern matches.
  private struct Found {
    let path: String
    let status: OpenFile.Status
  }

  private func find() -> [FileKey: Found] {
    var found: [FileKey: Found] = [:]
    for path in patterns.flatMap(\.paths) {
      guard let status = OpenFile.status(of: path), status.isRegular, found[status.key] == nil else {
        continue
      }
      found[status.key] = Found(path: path, status: status)
    }
    return found
  }

  private enum Presence {
    case present
    /// The file has another content.
    case truncated
    /// The file was removed.
    case gone
  }

  /// Updates path and size of a known file.
  private mutating func update(
    _ file: inout FollowedFile, _ found: Found?, _ now: ContinuousClock.Instant
  ) -> Presence {
    var size = found?.status.size
    if let found {
      file.note(found.path, modified: found.status.modified)
    } else if let path = DirectoryEntries.path(of: file.key, in: directory(of: file.path)) {
      let status = OpenFile.status(of: path)
      file.note(path, modified: status?.modified)
      (file.isOutside, file.isRotated, size) = (true, true, status?.size)
    } else if let open = file.open {
      (file.isOutside, file.isRotated, size) = (true, true, try? open.status().size)
    }
    guard let size, file.resize(size, now: now) else {
      tellLoss(file, size)
      return size == nil ? .gone : .truncated
    }
    if file.open == nil, !file.isVerified || !file.isAtEnd { open(&file) }
    return file.open == nil || verify(&file) ? .present : .truncated
  }

  /// Opens a file, unless its path has another file by now. Then the next scan finds its path.
  private mutating func open(_ file: inout FollowedFile) {
    do throws(SystemFailure) {
      let opened = try OpenFile(file.path, O_RDONLY)
      if try opened.status().key == file.key { file.open = opened }
    } catch {
      if error.code != ENOENT { tell(once: "cannot read \(file.path): \(error)") }
    }
  }

  /// Compares the head when the file was opened, and extends the head while it is short. False when the file has
  /// another content.
  private mutating func verify(_ file: inout FollowedFile) -> Bool {
    let isComplete = file.head.count == FileHead.mostBytes || file.size <= UInt64(file.head.count)
    guard let open = file.open, !file.isVerified || !isComplete else { return true }
    do throws(SystemFailure) {
      let bytes = try open.read(at: 0, count: FileHead.mostBytes)
      guard file.head.fits(bytes, file.id) else { return false }
      file.isVerified = true
      file.head = FileHead(of: bytes, file.id)
    } catch {
      tell(once: "cannot read \(file.path): \(error)")
    }
    return true
  }

  /// Whether a file that no pattern matches was read to its end, and all its lines are committed.
  private func isDone(
    _ file: FollowedFile, _ positions: CommitPositions, _ now: ContinuousClock.Instant
  ) -> Bool {
    file.isOutside && file.position.offset == file.size && now - file.changed >= rotateWait
      && positions.isSettled(file.id)
  }

  private mutating func tellLoss(_ file: FollowedFile, _ size: UInt64?) {
    guard file.unread > 0 else { return }
    notices.append(
      "\(file.path) was \(size == nil ? "removed" : "truncated") before its last \(file.unread) bytes were read; "
        + (size == nil ? "they are lost" : "they are read from a copy if a pattern matches the copy"))
  }

  /// Keeps the content of a file that was truncated, because a copy may continue it.
  private mutating func end(_ file: FollowedFile) {
    var file = file
    file.close()
    ended.append(file)
    if ended.count > Self.mostEnded { ended.removeFirst() }
  }
}

extension FollowedFiles {
  /// Follows a file that was not known, once it is clear whether it continues a known content.
  private mutating func consider(_ found: Found, _ now: ContinuousClock.Instant) {
    let key = found.status.key
    guard !compressed.contains(key) else { return }
    guard files.count < Self.most else {
      return tell(once: "more than \(Self.most) files match; the others wait until earlier ones are removed")
    }
    do throws(SystemFailure) {
      let opened = try OpenFile(found.path, O_RDONLY)
      guard try opened.status().key == key else { return }
      let start = try opened.read(at: 0, count: FileHead.mostBytes)
      if CompressedFile.isCompressed(start) {
        compressed.insert(key)
        return tell(once: "\(found.path) is compressed and is not followed")
      }
      let new = CopyCandidates.File(opened, key, size: found.status.size, start: start)
      if let original = try new.original(among: ended) {
        follow(new, found.path, as: ended.remove(at: original), now)
      } else if let same = try new.same(among: missing, found.path) {
        follow(new, found.path, as: same, now)
      } else if try !candidates.mustWait(new, files, atMost: rotateWait, now: now) {
        follow(new, found.path, as: nil, now)
      }
    } catch {
      // A file that was renamed meanwhile is found by the next scan.
      if error.code != ENOENT { tell(once: "cannot read \(found.path): \(error)") }
    }
  }

  private mutating func follow(
    _ new: CopyCandidates.File, _ path: String, as original: FollowedFile?, _ now: ContinuousClock.Instant
  ) {
    let id = FileID.random()
    var file = FollowedFile(id, new.key, path: path, head: FileHead(of: new.start, id), now: now)
    if let original {
      file = original
      (file.key, file.path, file.isOutside) = (new.key, path, false)
      file.isRotated = original.isRotated || original.path != path
    }
    (file.open, file.isVerified) = (new.open, true)
    guard file.resize(new.size, now: now) else { return }
    files.append(file)
    hasNewContent = true
  }
}

/// Files that tools compressed after a rotation. Their lines were read before.
enum CompressedFile {
  private static let starts: [[UInt8]] = [
    [0x1F, 0x8B], [0x28, 0xB5, 0x2F, 0xFD], Array("BZh".utf8), [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00],
    [0x04, 0x22, 0x4D, 0x18], [0x50, 0x4B, 0x03, 0x04],
  ]

  /// Whether a file that begins with these bytes is compressed by gzip, zstd, bzip2, xz, LZ4 or zip.
  static func isCompressed(_ start: [UInt8]) -> Bool { starts.contains { start.starts(with: $0) } }
}
