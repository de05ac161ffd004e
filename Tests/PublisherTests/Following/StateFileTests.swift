import Foundation
import Testing

@testable import Publisher

struct StateFileTests {
  private static let id = FileID(low: 0x0706_0504_0302_0100, high: 0x0F0E_0D0C_0B0A_0908)

  private static let state: FollowState = {
    let file = NotedFile(
      id: id, key: FileKey(device: 1, inode: .max), path: "/log", head: FileHead(of: Array("one".utf8), id),
      position: .start(of: id), isRotated: true)
    return FollowState(files: [file], ended: [file])
  }()

  @Test func keepsWhatWasWritten() async throws {
    try await withDirectory { directory in
      let file = try StateFile("\(directory)/state")
      #expect(try file.read() == FollowState())
      try file.write(Self.state)
      #expect(try file.read() == Self.state)
      #expect(!FileManager.default.fileExists(atPath: "\(directory)/state.new"))
    }
  }

  @Test func isLockedUntilItsOwnerIsGone() async throws {
    try await withDirectory { directory in
      var first: StateFile? = try StateFile("\(directory)/state")
      try first?.write(FollowState())
      let failure = #expect(throws: RunFailure.self) { try StateFile("\(directory)/state") }
      #expect(failure?.status == .input)
      #expect(failure?.description.contains("is in use") == true)
      first = nil
      _ = try StateFile("\(directory)/state")
    }
  }

  @Test(arguments: [
    ("", "cannot read"), ("{}", "\"version\" is missing"), ("[1", "cannot read"),
    (#"{"version":2,"files":[],"ended":[]}"#, "its version is 2"),
    (#"{"version":1,"files":[{"id":"x"}],"ended":[]}"#, "32 hexadecimal digits"),
    (#"{"version":1,"files":7,"ended":[]}"#, "cannot read"),
  ]) func refusesAnotherContentAndKeepsIt(_ content: String, _ reason: String) async throws {
    try await withDirectory { directory in
      let path = "\(directory)/state"
      try Data(content.utf8).write(to: URL(filePath: path))
      let file = try StateFile(path)
      let failure = #expect(throws: RunFailure.self) { try file.read() }
      #expect(failure?.description.contains(reason) == true, "\(String(describing: failure))")
      #expect(try Data(contentsOf: URL(filePath: path)) == Data(content.utf8))
    }
  }

  @Test func saysWhyItCannotBeWritten() async throws {
    try await withDirectory { directory in
      let file = try StateFile("\(directory)/state")
      try FileManager.default.createDirectory(
        atPath: "\(directory)/state.new", withIntermediateDirectories: false)
      let failure = #expect(throws: RunFailure.self) { try file.write(FollowState()) }
      #expect(failure?.status == .incomplete)
    }
  }

  /// The ids of events must never change. The values are those of an independent implementation of SipHash-2-4-128.
  @Test func idsFollowTheSpecification() {
    #expect("\(Self.id)" == "000102030405060708090a0b0c0d0e0f")
    #expect(FileID("\(Self.id)") == Self.id)
    #expect(FileID("0001") == nil)
    #expect(FileID("+00102030405060708090a0b0c0d0e0f") == nil)
    // The first value of the vectors of the reference implementation: no bytes under the key 00 01 … 0f.
    #expect(Self.id.fingerprint(of: [UInt8]().span.bytes) == "a3817f04ba25a8e66df67214c7550293")
    var id: [UInt8] = []
    Self.id.writeEventID(offset: 258, line: Array("one".utf8).span.bytes, into: &id)
    #expect(String(decoding: id, as: UTF8.self) == "f-62b1d14132a488585cdfea41ea1c3850")
  }
}
