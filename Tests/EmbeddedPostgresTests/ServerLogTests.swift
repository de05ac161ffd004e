import Glibc
import TestSupport
import Testing

@testable import EmbeddedPostgres

@Suite struct ServerLogTests {
  @Test func keepsTheEndOfAFileThatIsFull() async throws {
    try await withTemporaryDirectory { directory in
      let log = ServerLog(path: "\(directory)/log", limit: 100)
      let descriptor = try log.openForAppending()
      defer { close(descriptor) }
      append(String(repeating: "a", count: 60), to: descriptor)
      append(String(repeating: "b", count: 41), to: descriptor)
      try log.trim()
      #expect(log.size == 0)
      let old = ServerLog(path: "\(directory)/log.1").text(from: 0)
      #expect(old == String(repeating: "a", count: 59) + String(repeating: "b", count: 41))
      // The server still has the same open file.
      append("c", to: descriptor)
      #expect(log.text(from: 0) == "c")
    }
  }

  @Test func leavesAFileWithinItsLimitAlone() async throws {
    try await withTemporaryDirectory { directory in
      let log = ServerLog(path: "\(directory)/log", limit: 100)
      let descriptor = try log.openForAppending()
      defer { close(descriptor) }
      append(String(repeating: "a", count: 100), to: descriptor)
      try log.trim()
      #expect(log.size == 100)
      #expect(FileStatus("\(directory)/log.1", followingLinks: false) == nil)
    }
  }

  @Test func replacesTheOlderFile() async throws {
    try await withTemporaryDirectory { directory in
      let log = ServerLog(path: "\(directory)/log", limit: 1)
      let descriptor = try log.openForAppending()
      defer { close(descriptor) }
      for text in ["aa", "bb"] {
        append(text, to: descriptor)
        try log.trim()
      }
      #expect(ServerLog(path: "\(directory)/log.1").text(from: 0) == "b")
    }
  }

  @Test func doesNotFollowALinkThatSomebodyPutInItsPlace() async throws {
    try await withTemporaryDirectory { directory in
      symlink("\(directory)/elsewhere", "\(directory)/log")
      #expect(throws: EmbeddedPostgresError.self) {
        _ = try ServerLog(path: "\(directory)/log").openForAppending()
      }
      #expect(FileStatus("\(directory)/elsewhere", followingLinks: false) == nil)
    }
  }

  private func append(_ text: String, to descriptor: Int32) {
    #expect(write(descriptor, text, text.utf8.count) == text.utf8.count)
  }
}
