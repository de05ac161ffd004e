import Glibc
import TestSupport
import Testing

@testable import EmbeddedPostgres

@Suite struct SocketDirectoryTests {
  private let account: ServerAccount

  init() throws {
    self.account = try ServerAccount.choose(configured: nil, owner: nil)
  }

  @Test func isPrivateToTheServersAccount() async throws {
    try await withTemporaryDirectory { parent in
      let directory = try SocketDirectory(for: "/data", account: account, parent: parent)
      let status = try #require(FileStatus(directory.path, followingLinks: false))
      #expect(status.isDirectory && status.permissions == 0o700 && status.owner == account.userID)
    }
  }

  @Test func isFoundAgainByTheDataDirectoryAlone() async throws {
    try await withTemporaryDirectory { parent in
      let first = try SocketDirectory(for: "/data", account: account, parent: parent)
      let again = try SocketDirectory(for: "/data", account: account, parent: parent)
      let other = try SocketDirectory(for: "/other", account: account, parent: parent)
      #expect(first == again && first != other)
    }
  }

  @Test func avoidsALinkThatSomebodyPutInItsPlace() async throws {
    try await withTemporaryDirectory { parent in
      let first = try SocketDirectory(for: "/data", account: account, parent: parent)
      first.remove()
      mkdir("\(parent)/trap", 0o700)
      symlink("\(parent)/trap", first.path)
      let second = try SocketDirectory(for: "/data", account: account, parent: parent)
      #expect(second != first)
    }
  }

  @Test func avoidsADirectoryThatIsOpenToOthers() async throws {
    try await withTemporaryDirectory { parent in
      let first = try SocketDirectory(for: "/data", account: account, parent: parent)
      chmod(first.path, 0o770)
      let second = try SocketDirectory(for: "/data", account: account, parent: parent)
      #expect(second != first)
    }
  }

  @Test(.enabled(if: geteuid() == 0, "only root can give directories away"))
  func avoidsADirectoryOfAnotherUser() async throws {
    try await withTemporaryDirectory { parent in
      let first = try SocketDirectory(for: "/data", account: account, parent: parent)
      chown(first.path, account.userID + 1, account.groupID)
      let second = try SocketDirectory(for: "/data", account: account, parent: parent)
      #expect(second != first)
    }
  }

  @Test func givesUpWhenEveryNameIsTaken() async throws {
    try await withTemporaryDirectory { parent in
      let error = #expect(throws: EmbeddedPostgresError.self) {
        // Each directory is opened to others, until no name is left.
        for _ in 0..<100 {
          chmod(try SocketDirectory(for: "/data", account: account, parent: parent).path, 0o777)
        }
      }
      #expect(error?.description.contains("remove it") == true)
    }
  }

  @Test func fitsTheLimitOfASocketsPathExactly() async throws {
    try await withTemporaryDirectory { parent in
      let shortest = try SocketDirectory(for: "/data", account: account, parent: parent)
      let room =
        SocketDirectory.longestSocketPath - SocketDirectory.socketName.utf8.count
        - shortest.path.utf8.count - 1
      let fitting = "\(parent)/\(String(repeating: "x", count: room))"
      mkdir(fitting, 0o755)
      let directory = try SocketDirectory(for: "/data", account: account, parent: fitting)
      #expect(directory.path.utf8.count + SocketDirectory.socketName.utf8.count == 107)
      #expect(throws: EmbeddedPostgresError.self) {
        _ = try SocketDirectory(for: "/data", account: account, parent: "\(fitting)x")
      }
    }
  }
}
