import Foundation
import Glibc

/// What the system knows of this process's memory.
enum ProcessMemory {
  /// Bytes that are in RAM; nil where the system does not tell.
  static func residentBytes() -> Int? {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return nil }
    return residentBytes(statm: text, pageBytes: sysconf(Int32(_SC_PAGESIZE)))
  }

  /// The second field of `/proc/self/statm`, in pages (proc(5)).
  static func residentBytes(statm: String, pageBytes: Int) -> Int? {
    let fields = statm.split(separator: " ")
    guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
    return pages.multipliedReportingOverflow(by: pageBytes).partialValue
  }
}
