import Foundation
import Glibc

/// The memory of this process as the system reports it.
enum ProcessMemory {
  /// Returns the bytes that are in RAM; nil when the system does not report them.
  static func residentBytes() -> Int? {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return nil }
    return residentBytes(statm: text, pageBytes: sysconf(Int32(_SC_PAGESIZE)))
  }

  /// Returns the second field of `/proc/self/statm`, which counts pages (proc(5)), in bytes.
  static func residentBytes(statm: String, pageBytes: Int) -> Int? {
    precondition(pageBytes > 0, "pages have a size")
    let fields = statm.split(separator: " ")
    guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
    return pages.multipliedReportingOverflow(by: pageBytes).partialValue
  }
}
