/// A place between two lines of a followed file.
struct FilePosition: Hashable, Sendable {
  /// Bytes before a position whose fingerprint is kept, at most.
  static let tailBytes = 64

  /// Bytes of the file before the position.
  let offset: UInt64
  /// The fingerprint of the last bytes before the position.
  let tail: String

  /// The beginning of a file.
  static func start(of id: FileID) -> FilePosition {
    FilePosition(offset: 0, tail: id.fingerprint(of: [UInt8]().span.bytes))
  }
}

/// The fingerprint of the first bytes of a file, by which the file is known again.
struct FileHead: Hashable, Sendable {
  /// Bytes at most.
  static let mostBytes = 1_024

  let count: Int
  let fingerprint: String

  /// The head of a content that begins with `bytes`.
  init(of bytes: [UInt8], _ id: FileID) {
    count = min(bytes.count, Self.mostBytes)
    fingerprint = id.fingerprint(of: bytes.span.extracting(first: count).bytes)
  }

  init(count: Int, fingerprint: String) {
    self.count = count
    self.fingerprint = fingerprint
  }

  /// Whether a file that begins with `bytes` has this head.
  func fits(_ bytes: [UInt8], _ id: FileID) -> Bool {
    bytes.count >= count && id.fingerprint(of: bytes.span.extracting(first: count).bytes) == fingerprint
  }
}

/// Device and inode of a file, which a file keeps when it is renamed.
struct FileKey: Hashable, Sendable {
  let device, inode: UInt64
}

/// The content of a followed file as the state file has it.
struct NotedFile: Hashable, Sendable {
  let id: FileID
  let key: FileKey
  let path: String
  let head: FileHead
  /// The first line that is not known to be committed begins here.
  let position: FilePosition
  /// Whether the file was renamed, or is a copy of a file that was truncated.
  let isRotated: Bool
}

/// The content of the state file (`spec/follow.md`).
struct FollowState: Hashable, Sendable {
  /// Version of the format.
  static let version = 1

  /// Followed files in the order in which they are read.
  var files: [NotedFile] = []
  /// Contents whose file was truncated. A copy of one of them continues at its position.
  var ended: [NotedFile] = []
}

extension FollowState: Codable {
  private enum Key: String, CodingKey {
    case version, files, ended
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    let version = try container.decode(Int.self, forKey: .version)
    guard version == Self.version else {
      throw DecodingError.dataCorruptedError(
        forKey: .version, in: container,
        debugDescription: "its version is \(version), and this program knows version \(Self.version)")
    }
    files = try container.decode([NotedFile].self, forKey: .files)
    ended = try container.decode([NotedFile].self, forKey: .ended)
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(Self.version, forKey: .version)
    try container.encode(files, forKey: .files)
    try container.encode(ended, forKey: .ended)
  }
}

extension NotedFile: Codable {
  private enum Key: String, CodingKey {
    case id, path, device, inode, offset, tail, head, rotated
    case headBytes = "head_bytes"
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    guard let id = FileID(try container.decode(String.self, forKey: .id)) else {
      throw DecodingError.dataCorruptedError(
        forKey: .id, in: container, debugDescription: "an id is not 32 hexadecimal digits")
    }
    self.id = id
    key = FileKey(
      device: try container.decode(UInt64.self, forKey: .device),
      inode: try container.decode(UInt64.self, forKey: .inode))
    path = try container.decode(String.self, forKey: .path)
    let headBytes = try container.decode(Int.self, forKey: .headBytes)
    let offset = try container.decode(UInt64.self, forKey: .offset)
    guard (0...FileHead.mostBytes).contains(headBytes), offset <= UInt64(Int64.max) else {
      throw DecodingError.dataCorruptedError(
        forKey: .offset, in: container, debugDescription: "a number is out of its range")
    }
    head = FileHead(count: headBytes, fingerprint: try container.decode(String.self, forKey: .head))
    position = FilePosition(offset: offset, tail: try container.decode(String.self, forKey: .tail))
    isRotated = try container.decode(Bool.self, forKey: .rotated)
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode("\(id)", forKey: .id)
    try container.encode(path, forKey: .path)
    try container.encode(key.device, forKey: .device)
    try container.encode(key.inode, forKey: .inode)
    try container.encode(position.offset, forKey: .offset)
    try container.encode(position.tail, forKey: .tail)
    try container.encode(head.count, forKey: .headBytes)
    try container.encode(head.fingerprint, forKey: .head)
    try container.encode(isRotated, forKey: .rotated)
  }
}
