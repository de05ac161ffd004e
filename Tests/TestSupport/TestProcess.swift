import FoundationEssentials
import Glibc
import Synchronization

/// Everything that this test process leaves in the file system, in one directory, and every process that
/// works below it: both are gone when this process has ended.
///
/// A process that was killed can not clean up; the next one does it in its place. Directories carry number
/// and start time of their process, so that a number that is used again confuses nobody.
enum TestProcess {
  /// The directory of this process. Others may enter it: a server of another account lives there.
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

  /// Kills what works below `path`, and removes it.
  private static func remove(_ path: String) {
    // Several rounds, because a process that is killed may just have started another one.
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

  /// Field 22 of `/proc/<pid>/stat`; nil when there is no such process.
  private static func startTime(of pid: String) -> String? {
    guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
      let nameEnd = text.lastIndex(of: ")")
    else { return nil }
    let fields = text[text.index(after: nameEnd)...].split(separator: " ")
    return fields.count > 19 ? String(fields[19]) : nil
  }
}
