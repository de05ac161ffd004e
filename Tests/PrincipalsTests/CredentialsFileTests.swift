import Authentication
import Base
import Foundation
import TestSupport
import Testing
import Waiting

@testable import Principals

struct CredentialsFileTests {
  @Test func replacesTheFileForItsOwnerAlone() async throws {
    try await withTemporaryDirectory { directory in
      let file = CredentialsFile(path: "\(directory)/credentials.yaml")
      #expect(throws: CredentialsError.self) { try file.update { _ in } }
      let (shop, _) = makePrincipal("shop")
      try file.update(mayCreate: true) { credentials throws(CredentialsError) in try credentials.add(shop) }
      let contents = try file.read()
      #expect(contents.credentials.principals == [shop])
      #expect(contents.warning == nil)
      let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
      #expect(mode == 0o600)
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["credentials.yaml"])
    }
  }

  @Test func aFailedChangeLeavesTheFile() async throws {
    try await withTemporaryDirectory { directory in
      let file = CredentialsFile(path: "\(directory)/credentials.yaml")
      let (shop, _) = makePrincipal("shop")
      try file.update(mayCreate: true) { credentials throws(CredentialsError) in try credentials.add(shop) }
      let stamp = FileStamp(file.path)
      #expect(throws: CredentialsError.unknownPrincipal("x")) {
        try file.update { credentials throws(CredentialsError) in try credentials.revoke("x", keyID: nil) }
      }
      #expect(FileStamp(file.path) == stamp)
    }
  }

  @Test func changesFromManyProcessesAreAllKept() async throws {
    try await withTemporaryDirectory { directory in
      let file = CredentialsFile(path: "\(directory)/credentials.yaml")
      await withTaskGroup { group in
        for number in 0..<16 {
          group.addTask {
            #expect(throws: Never.self) {
              try file.update(mayCreate: true) { credentials throws(CredentialsError) in
                try credentials.add(Principal(name: "p\(number)", roles: []))
              }
            }
          }
        }
      }
      let principals = try file.read().credentials.principals
      #expect(principals.count == 16)
    }
  }

  @Test func warnsWhenOthersMayReadTheFile() async throws {
    try await withTemporaryDirectory { directory in
      let path = "\(directory)/credentials.yaml"
      try "principals: []".write(toFile: path, atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
      #expect(try CredentialsFile(path: path).read().warning?.contains("chmod 600") == true)
    }
  }

  @Test func theWatcherReadsAChangedFileAndKeepsTheFormerOneWhenItIsBad() async throws {
    try await withTemporaryDirectory { directory in
      let file = CredentialsFile(path: "\(directory)/credentials.yaml")
      let (shop, secret) = makePrincipal("shop")
      try file.update(mayCreate: true) { credentials throws(CredentialsError) in try credentials.add(shop) }
      let memory = LogMemory()
      let watcher = try CredentialsWatcher(file, log: SecurityLog(memory.logger))
      #expect(watcher.directory.login(secret, at: 0) != nil)

      watcher.look(at: 0)
      #expect(watcher.directory.generation == 1)
      watcher.requestReload()
      watcher.look(at: 0)
      #expect(watcher.directory.generation == 2)

      try "principals: 7".write(toFile: file.path, atomically: true, encoding: .utf8)
      watcher.look(at: 0)
      #expect(watcher.directory.login(secret, at: 0) != nil)
      #expect(memory.lines.last?.hasPrefix("error the new credentials are not used") == true)

      try FileManager.default.removeItem(atPath: file.path)
      watcher.look(at: 0)
      #expect(watcher.directory.login(secret, at: 0) != nil)

      try file.update(mayCreate: true) { credentials throws(CredentialsError) in
        try credentials.add(Principal(name: "other", roles: []))
      }
      watcher.look(at: 0)
      #expect(watcher.directory.login(secret, at: 0) == nil)
      #expect(memory.lines.last?.contains("security.revoked=shop") == true)
      #expect(!memory.lines.joined().contains(secret.revealed))
    }
  }

  @Test func theThreadOfTheWatcherNotices() async throws {
    try await withTemporaryDirectory { directory in
      let file = CredentialsFile(path: "\(directory)/credentials.yaml")
      try file.update(mayCreate: true) { _ in }
      let watcher = try CredentialsWatcher(file, log: SecurityLog(LogMemory().logger))
      watcher.start()
      defer { watcher.stop() }
      let (shop, secret) = makePrincipal("shop")
      try file.update { credentials throws(CredentialsError) in try credentials.add(shop) }
      try await waitUntil { watcher.directory.login(secret, at: 0) != nil }
    }
  }
}
