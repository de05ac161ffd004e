internal import Foundation

/// The memory limit of this process's control group (cgroups(7)).
public enum ContainerMemory {
  /// Bytes that the process needs in addition to the sum of bounds: program, threads, the allocator's
  /// reserve.
  static let ofProcess = 96 << 20

  /// Returns the lowest limit in bytes of the group and its ancestors; nil when none of them has a readable
  /// limit.
  public static func limit() -> Int? {
    guard let groups = try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8) else { return nil }
    return limit(groups: groups) { try? String(contentsOfFile: "/sys/fs/cgroup" + $0, encoding: .utf8) }
  }

  /// - Parameters:
  ///   - groups: The text of `/proc/self/cgroup`.
  ///   - read: Returns the text of a file below `/sys/fs/cgroup`; nil when there is none.
  static func limit(groups: String, read: (String) -> String?) -> Int? {
    var limits: [Int] = []
    for line in groups.split(separator: "\n") {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      let isUnified = fields[0] == "0" && fields[1].isEmpty
      let isMemory = fields[1].split(separator: ",").contains("memory")
      guard isUnified || isMemory else { continue }
      let (root, file) = isUnified ? ("", "memory.max") : ("/memory", "memory.limit_in_bytes")
      for folder in withParents(String(fields[2])) {
        guard let text = read("\(root)\(folder)/\(file)"),
          let bytes = Int(text.trimmingCharacters(in: .whitespacesAndNewlines))
        else { continue }
        // Version 1 writes "no limit" as the largest multiple of a page.
        if bytes < 1 << 60 { limits.append(bytes) }
      }
    }
    return limits.min()
  }

  /// Returns one line for the log when the sum and the process do not fit `limit`; nil when they fit, or
  /// there is no limit.
  public static func warning(limit: Int?, sum: Int) -> String? {
    precondition(sum >= 0, "a sum of bounds in bytes")
    guard let limit, sum + ofProcess > limit else { return nil }
    return
      "the configured bounds of memory (\(sum >> 20) MiB, and about \(ofProcess >> 20) MiB for the process) do"
      + " not fit the \(limit >> 20) MiB of this control group: the system may kill the server under load; lower"
      + " ingest.memory, ingest.buffers, http.body.memory, http.page.memory, writers.dedup.keys or limits.connections,"
      + " or raise the limit of the container"
  }

  /// Returns a path and all its parents: "/a/b" as "/a/b", "/a", "".
  private static func withParents(_ path: String) -> [String] {
    var parts = path.split(separator: "/")
    var folders: [String] = []
    while !parts.isEmpty {
      folders.append("/" + parts.joined(separator: "/"))
      parts.removeLast()
    }
    return folders + [""]
  }
}
