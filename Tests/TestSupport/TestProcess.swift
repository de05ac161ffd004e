import FoundationEssentials
import Glibc
import Synchronization

/// The directory of all files that this test process leaves in the file system. The files, and every process
/// that works below the directory, are removed when this process ends.
///
/// A killed process cannot clean up, so the next test process removes its directory. The name of a directory
/// has the number and the start time of its process, so that a reused process number causes no confusion.
enum TestProcess {
  /// The directory of this process. Other accounts may enter it, because a server of another account uses it.
  static let directory: String = {
    let parent = "/tmp/sluice-tests-\(geteuid())"
    mkdir(parent, 0o755)
    removeLeftovers(in: parent)
    let path = "\(parent)/\(getpid())-\(startTime(of: "self") ?? "0")"
    mkdir(path, 0o755)
    atexit { TestProcess.remove(TestProcess.directory) }
    return path
  }()

  private static func removeLeftovers(in parent: String) {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? [] {
      let parts = name.split(separator: "-").map(String.init)
      guard parts.count == 2, startTime(of: parts[0]) != parts[1] else { continue }
      remove("\(parent)/\(name)")
    }
  }

  /// Kills the processes that work below `path`, and removes `path`.
  private static func remove(_ path: String) {
    // Several rounds are needed, because a killed process may have started another process just before.
    for _ in 0..<500 {
      let pids = processes(below: path)
      if pids.isEmpty { break }
      for pid in pids { kill(pid, SIGKILL) }
      usleep(10_000)
    }
    try? FileManager.default.removeItem(atPath: path)
  }

  private static func processes(below path: String) -> [pid_t] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap { pid_t($0) }.filter { pid in
      guard pid != getpid(), let work = realpath("/proc/\(pid)/cwd", nil) else { return false }
      defer { free(work) }
      let place = String(cString: work)
      return place == path || place.hasPrefix("\(path)/")
    }
  }

  /// Returns field 22 of `/proc/<pid>/stat`; nil when there is no such process.
  private static func startTime(of pid: String) -> String? {
    guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
      let nameEnd = text.lastIndex(of: ")")
    else { return nil }
    let fields = text[text.index(after: nameEnd)...].split(separator: " ")
    return fields.count > 19 ? String(fields[19]) : nil
  }
}
