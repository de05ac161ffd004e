#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A path, or a pattern of paths as shells have it: `*`, `?` and `[...]` (glob(7)).
struct FilePattern: Hashable, Sendable {
  let text: String

  /// The existing paths that the pattern matches, in ascending order. A path that exists under the pattern's own text
  /// is taken although it has one of the special characters.
  var paths: [String] {
    guard isPattern else { return [text] }
    var found = glob_t()
    defer { globfree(&found) }
    // Directories that cannot be read have no matches, as in a shell.
    guard glob(text, 0, nil, &found) == 0 else { return [text] }
    return (0..<Int(found.gl_pathc)).compactMap { index in
      found.gl_pathv[index].flatMap { String(validatingCString: $0) }
    }
  }

  /// Whether the file at `path` is one of the pattern's, or would be one if it existed.
  func covers(_ path: String) -> Bool {
    let key = OpenFile.status(of: path)?.key
    if key != nil, paths.contains(where: { OpenFile.status(of: $0)?.key == key }) { return true }
    let (pattern, path) = (Self.absolute(text), Self.absolute(path))
    return pattern == path || fnmatch(pattern, path, FNM_PATHNAME | FNM_PERIOD) == 0
  }

  /// The path from the root, with the links of its directory resolved if the directory exists.
  private static func absolute(_ path: String) -> String {
    let directory = Publisher.directory(of: path)
    let name = path.split(separator: "/").last.map(String.init) ?? ""
    guard let resolved = realpath(directory, nil) else { return path }
    defer { free(resolved) }
    let text = String(cString: resolved)
    return text == "/" ? "/\(name)" : "\(text)/\(name)"
  }

  /// The directory that has the files, unless the pattern has several.
  var directory: String? {
    let directory = Publisher.directory(of: text)
    return Self.isPattern(directory) ? nil : directory
  }

  private var isPattern: Bool { Self.isPattern(text) }

  private static func isPattern(_ text: String) -> Bool { text.contains { "*?[".contains($0) } }
}

/// The entries of directories.
enum DirectoryEntries {
  /// Returns the path of the entry of a directory that is this file; nil when there is none.
  static func path(of key: FileKey, in directory: String) -> String? {
    guard let stream = opendir(directory) else { return nil }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      guard UInt64(entry.pointee.d_ino) == key.inode else { continue }
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: $0.pointee)) {
          String(validatingCString: $0)
        }
      }
      guard let name else { continue }
      let path = directory == "/" ? "/\(name)" : "\(directory)/\(name)"
      if OpenFile.status(of: path)?.key == key { return path }
    }
    return nil
  }
}
