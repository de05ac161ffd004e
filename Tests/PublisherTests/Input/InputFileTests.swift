import Foundation
import Testing

@testable import Publisher

@Suite(.timeLimit(.minutes(2))) struct InputFileTests {
  @Test func readsAFileToItsEnd() async throws {
    try await withFile("one\ntwo") { path in
      let file = try InputFile(path)
      #expect(try await file.next(timeout: .seconds(60)) == .bytes(Array("one\ntwo".utf8)))
      #expect(try await file.next(timeout: .seconds(60)) == .end)
    }
  }

  @Test func readsALargeFileInParts() async throws {
    let content = String(repeating: "0123456789", count: 100_000)
    let read = try await withFile(content) { path in
      let file = try InputFile(path)
      var read: [[UInt8]] = []
      while case .bytes(let part) = try await file.next(timeout: .seconds(60)) { read.append(part) }
      return read
    }
    #expect(read.count > 1)
    #expect(String(decoding: read.joined(), as: UTF8.self) == content)
  }

  @Test func pausesWhenThereIsNoInputForAWhile() async throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-\(UUID().uuidString)")
      .path
    try #require(mkfifo(path, 0o600) == 0)
    defer { try? FileManager.default.removeItem(atPath: path) }
    // Opened for reading and writing, so that opening does not wait and the pipe never ends.
    let writer = try #require(FileHandle(forUpdatingAtPath: path))
    let file = try InputFile(path)
    #expect(try await file.next(timeout: .milliseconds(1)) == .pause)
    try writer.write(contentsOf: Data("late".utf8))
    #expect(try await file.next(timeout: .seconds(60)) == .bytes(Array("late".utf8)))
  }

  @Test func saysWhyAFileCannotBeRead() async throws {
    #expect(throws: RunFailure.self) { try InputFile("/nowhere/at/all") }
    let directory = try InputFile("/")
    let failure = await #expect(throws: RunFailure.self) { try await directory.next(timeout: .seconds(60)) }
    #expect(failure?.status == .input)
  }
}
