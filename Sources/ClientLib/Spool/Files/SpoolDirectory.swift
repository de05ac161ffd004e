#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A spool's directory, locked by this process: reads its files and executes commands of the log. Every
/// call may wait for the disk.
///
/// Unless `sync` is `never`, data reaches the disk in this order: the end of a file before the next file
/// begins, the directory entry of a new file before a batch in it is reported as spooled, and a new file
/// before an older one is deleted. So a power failure loses the newest records, and never records in the
/// middle.
struct SpoolDirectory: ~Copyable {
  /// Content of the files of earlier processes.
  struct Content {
    var replay = SpoolReplay()
    /// Files in ascending order with their sizes in bytes.
    var segments: [(number: UInt64, bytes: Int)] = []
    /// Bytes of a torn record at the end of the newest file, which were cut off.
    var tornBytes = 0
    /// Path of the copy of each damaged part; no entry when there was no room for a copy.
    var copies: [SpoolReplay.Damage: String] = [:]
  }

  /// Progress of `perform`.
  struct Progress {
    /// Number of commands that were executed.
    var done = 0
    /// Why the next command failed; nil when all were executed.
    var failure: SpoolFailure?
  }

  private static let suffix = ".spool"

  private let path: String
  private let sync: Producer.Spool.Sync
  private let watch: FileWatch?
  // Holds the lock as long as it is open.
  private let lock: FileDescriptor
  private var newest: FileDescriptor?
  private var newestNumber: UInt64?
  private var newestBytes = 0
  private var isDirty = false

  /// Locks the directory, and creates it when it is missing.
  init(_ path: String, sync: Producer.Spool.Sync, watch: FileWatch? = nil) throws(SpoolFailure) {
    try watch.ask(.make(path), "make the spool's directory")
    if mkdir(path, 0o700) == 0 {
      if sync != .never { try Self.syncEntries(of: "\(path)/..", watch) }
    } else if errno != EEXIST {
      throw .system("make the spool's directory", path: path, code: errno)
    }
    lock = try Self.lock(path)
    self.path = path
    self.sync = sync
    self.watch = watch
  }

  private static func lock(_ path: String) throws(SpoolFailure) -> FileDescriptor {
    let file = try FileDescriptor(opening: "\(path)/lock", O_RDWR | O_CREAT, call: "open")
    guard try file.tryLock() else {
      throw .inUse(directory: path, process: String(decoding: try file.readAll(), as: UTF8.self))
    }
    do throws(SpoolFailure) {
      try file.truncate(to: 0)
      try file.append(Array("\(getpid())".utf8), [])
    } catch {
      // The process id is for people only, so a full disk must not prevent opening.
      guard error.isDiskFull else { throw error }
    }
    return file
  }

  /// Reads the files of earlier processes.
  /// - Parameter copyBytes: bytes that all copies of damaged parts have together at most.
  /// - Throws: `SpoolFailure` for a file of another version and for failed system calls.
  func read(copyBytes: Int) throws(SpoolFailure) -> Content {
    var content = Content()
    let numbers = try segmentNumbers()
    var room = copyBytes - damageBytes()
    for number in numbers {
      let file = try FileDescriptor(opening: path(of: number), O_RDWR, call: "open", watch: watch)
      let bytes = try file.readAll()
      let segment = SpoolSegment(bytes.span.bytes, zerosAreTorn: sync != .everyBatch)
      if let version = segment.unknownVersion {
        throw .unknownVersion(path: path(of: number), version)
      }
      content.replay.add(segment, number: number)
      var damages = segment.damages
      if segment.end < bytes.count {
        if number == numbers.last {
          content.tornBytes = bytes.count - segment.end
          try file.truncate(to: segment.end)
          if sync != .never { try file.sync() }
        } else {
          content.replay.addDamage(segment.end..<bytes.count, number: number)
          damages.append(segment.end..<bytes.count)
        }
      }
      content.segments.append((number, number == numbers.last ? segment.end : bytes.count))
      for range in damages {
        guard let copy = copy(bytes[range], of: number, room: &room) else { continue }
        content.copies[SpoolReplay.Damage(segment: number, bytes: range)] = copy
      }
    }
    return content
  }

  /// Executes commands in order up to the first that fails. With `everyBatch` they are synced.
  mutating func perform(_ commands: [SpoolLog.Command]) -> Progress {
    var progress = Progress()
    do throws(SpoolFailure) {
      for command in commands {
        try perform(command)
        progress.done += 1
      }
    } catch {
      progress.failure = error
    }
    guard sync == .everyBatch, progress.done > 0 else { return progress }
    do throws(SpoolFailure) {
      try syncNow()
    } catch {
      return Progress(done: 0, failure: error)
    }
    return progress
  }

  private mutating func perform(_ command: SpoolLog.Command) throws(SpoolFailure) {
    switch command {
    case .begin(let segment, let state): try begin(segment, state)
    case .append(let record): try append(record)
    case .restart(let segment, let state): try restart(segment, state)
    case .delete(let segment):
      // The newer files replace the deleted one, so they must be on the disk first.
      if sync != .never { try syncNow() }
      // A settled file that cannot be deleted only takes space. The next process deletes it.
      if (watch?.willChange(.remove(path(of: segment))) ?? 0) == 0 { _ = unlink(path(of: segment)) }
    }
  }

  /// Waits until the disk has all written records.
  mutating func syncNow() throws(SpoolFailure) {
    guard isDirty else { return }
    try newest?.sync()
    isDirty = false
  }

  private mutating func begin(_ segment: UInt64, _ state: SpoolState) throws(SpoolFailure) {
    if sync != .never { try syncNow() }
    let path = path(of: segment)
    try watch.ask(.make(path), "make")
    let file = try FileDescriptor(
      opening: path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, call: "make", watch: watch)
    let (header, body) = SpoolRecord.state(state).encoded()
    do throws(SpoolFailure) {
      try file.append(SpoolSegment.preamble + header, body)
      if sync != .never {
        try file.sync()
        try Self.syncEntries(of: self.path, watch)
      }
    } catch {
      // The previous file stays the newest.
      _ = unlink(path)
      throw error
    }
    newest = consume file
    newestNumber = segment
    newestBytes = SpoolSegment.preamble.count + header.count + body.count
    isDirty = false
  }

  /// Overwrites the beginning of a file, which needs no new space, and cuts off the rest.
  private mutating func restart(_ segment: UInt64, _ state: SpoolState) throws(SpoolFailure) {
    let file = try FileDescriptor(opening: path(of: segment), O_WRONLY, call: "open", watch: watch)
    let (header, body) = SpoolRecord.state(state).encoded()
    try file.overwrite(SpoolSegment.preamble + header, body)
    let count = SpoolSegment.preamble.count + header.count + body.count
    try file.truncate(to: count)
    if sync != .never { try file.sync() }
    if segment == newestNumber { newestBytes = count }
  }

  private mutating func append(_ record: SpoolRecord) throws(SpoolFailure) {
    let (header, body) = record.encoded()
    isDirty = true
    do throws(SpoolFailure) {
      try newest?.append(header, body)
    } catch {
      // The next attempt must begin where this one began.
      if error.isDiskFull { try newest?.truncate(to: newestBytes) }
      throw error
    }
    newestBytes += header.count + body.count
  }

  /// Waits until the disk has the entries of `directory`.
  private static func syncEntries(of directory: String, _ watch: FileWatch?) throws(SpoolFailure) {
    try FileDescriptor(opening: directory, O_RDONLY | O_DIRECTORY, call: "open", watch: watch).sync()
  }

  private func path(of segment: UInt64) -> String {
    let digits = String(segment, radix: 16)
    return "\(path)/\(String(repeating: "0", count: 16 - digits.count))\(digits)\(Self.suffix)"
  }

  static func name(_ entry: UnsafeMutablePointer<dirent>) -> String {
    withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  /// Numbers of the spool's files, ascending. Files with other names are ignored.
  private func segmentNumbers() throws(SpoolFailure) -> [UInt64] {
    guard let directory = opendir(path) else {
      throw .system("list", path: path, code: errno)
    }
    defer { closedir(directory) }
    var numbers: [UInt64] = []
    while let entry = readdir(directory) {
      let name = Self.name(entry)
      guard name.hasSuffix(Self.suffix), name.utf8.count == 16 + Self.suffix.utf8.count,
        let number = UInt64(name.dropLast(Self.suffix.count), radix: 16), number < .max
      else { continue }
      numbers.append(number)
    }
    return numbers.sorted()
  }
}

extension SpoolDirectory {
  private static let damageSuffix = ".damaged"

  /// Copies damaged bytes into a file for people. Returns its path; nil when there is no room, or the copy
  /// failed.
  private func copy(_ bytes: ArraySlice<UInt8>, of segment: UInt64, room: inout Int) -> String? {
    let name = "\(path(of: segment)).\(bytes.startIndex)-\(bytes.endIndex)\(Self.damageSuffix)"
    var status = stat()
    // An earlier process copied the same damage.
    if stat(name, &status) == 0, Int(status.st_size) == bytes.count { return name }
    guard bytes.count <= room else { return nil }
    room -= bytes.count
    do throws(SpoolFailure) {
      let file = try FileDescriptor(opening: name, O_WRONLY | O_CREAT | O_TRUNC, call: "make", watch: watch)
      do throws(SpoolFailure) {
        try file.append(Array(bytes), [])
        if sync != .never { try file.sync() }
      } catch {
        _ = unlink(name)
        return nil
      }
      return name
    } catch {
      return nil
    }
  }

  /// Bytes of all copies of damaged parts.
  private func damageBytes() -> Int {
    guard let directory = opendir(path) else { return 0 }
    defer { closedir(directory) }
    var count = 0
    while let entry = readdir(directory) {
      let name = Self.name(entry)
      var status = stat()
      guard name.hasSuffix(Self.damageSuffix), stat("\(path)/\(name)", &status) == 0 else { continue }
      count += Int(status.st_size)
    }
    return count
  }
}
