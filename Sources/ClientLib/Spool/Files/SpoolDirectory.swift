#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A spool's directory while this process has its lock: reads what is there, and does what the log says.
/// Every call may wait for the disk.
struct SpoolDirectory: ~Copyable {
  /// What files of earlier processes held.
  struct Content {
    var replay = SpoolReplay()
    /// The oldest first, with their bytes.
    var segments: [(number: UInt64, bytes: Int)] = []
    /// Bytes of an unfinished record, which was never sent, at the end of the newest file; they are cut off.
    var tornBytes = 0
  }

  private static let suffix = ".spool"

  private let path: String
  // Holds the lock for as long as it is open.
  private let lock: FileDescriptor
  private var newest: FileDescriptor?
  private var isDirty = false

  /// Makes the directory if it is missing, and locks it.
  init(_ path: String) throws(SpoolFailure) {
    lock = try Self.lock(path)
    self.path = path
  }

  private static func lock(_ path: String) throws(SpoolFailure) -> FileDescriptor {
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
      throw .system("make the spool's directory", path: path, code: errno)
    }
    let file = try FileDescriptor(opening: "\(path)/lock", O_RDWR | O_CREAT, call: "open")
    guard try file.tryLock() else {
      throw .inUse(directory: path, process: String(decoding: try file.readAll(), as: UTF8.self))
    }
    try file.truncate(to: 0)
    try file.append(Array("\(getpid())".utf8), [])
    return file
  }

  /// Reads what earlier processes left.
  func read() throws(SpoolFailure) -> Content {
    var content = Content()
    let numbers = try segmentNumbers()
    for number in numbers {
      let file = try FileDescriptor(opening: path(of: number), O_RDWR, call: "open")
      let bytes = try file.readAll()
      let segment = SpoolSegment(bytes.span.bytes)
      if let version = segment.strangeVersion {
        throw .strangeVersion(path: path(of: number), version)
      }
      content.replay.add(segment, number: number)
      content.segments.append((number, bytes.count))
      guard segment.end < bytes.count else { continue }
      if number == numbers.last {
        content.tornBytes = bytes.count - segment.end
        try file.truncate(to: segment.end)
      } else {
        content.replay.addDamage(segment.end..<bytes.count, number: number)
      }
    }
    return content
  }

  /// Does what the log says, and has the disk take it if `syncs`.
  mutating func perform(_ commands: [SpoolLog.Command], syncs: Bool) throws(SpoolFailure) {
    for command in commands {
      switch command {
      case .begin(let segment, let state): try begin(segment, state, syncs: syncs)
      case .append(let record): try append(record)
      case .delete(let segment):
        // A settled file that can not be deleted does no harm but to the disk's space; it goes the next time.
        _ = unlink(path(of: segment))
      }
    }
    if syncs { try sync() }
  }

  /// Has the disk take what was written.
  mutating func sync() throws(SpoolFailure) {
    guard isDirty else { return }
    try newest?.sync()
    isDirty = false
  }

  private mutating func begin(_ segment: UInt64, _ state: SpoolState, syncs: Bool) throws(SpoolFailure) {
    if syncs { try sync() }
    let file = try FileDescriptor(
      opening: path(of: segment), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, call: "make")
    try file.append(SpoolSegment.preamble, [])
    newest = consume file
    try append(.state(state))
    if syncs { try FileDescriptor(opening: path, O_RDONLY, call: "open").sync() }
  }

  private mutating func append(_ record: SpoolRecord) throws(SpoolFailure) {
    let (header, body) = record.encoded()
    isDirty = true
    try newest?.append(header, body)
  }

  private func path(of segment: UInt64) -> String {
    let digits = String(segment, radix: 16)
    return "\(path)/\(String(repeating: "0", count: 16 - digits.count))\(digits)\(Self.suffix)"
  }

  /// The files, the oldest first. What has another name is not the spool's.
  private func segmentNumbers() throws(SpoolFailure) -> [UInt64] {
    guard let directory = opendir(path) else {
      throw .system("list", path: path, code: errno)
    }
    defer { closedir(directory) }
    var numbers: [UInt64] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard name.hasSuffix(Self.suffix), name.utf8.count == 16 + Self.suffix.utf8.count,
        let number = UInt64(name.dropLast(Self.suffix.count), radix: 16), number < .max
      else { continue }
      numbers.append(number)
    }
    return numbers.sorted()
  }
}
