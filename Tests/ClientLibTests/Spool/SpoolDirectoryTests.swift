import Foundation
import Testing

@testable import ClientLib

@Suite struct SpoolDirectoryTests {
  private func open(_ spool: Producer.Spool) async throws(ProducerError) -> OpenedSpool {
    try await OpenedSpool.open(spool, fresh: .first)
  }

  @Test func refusesASecondOpenerWithOneLine() async throws {
    try await withDirectory { directory in
      let spool = Producer.Spool(directory: directory)
      let first = try await open(spool)
      let error = await #expect(throws: ProducerError.self) { try await open(spool) }
      #expect(error?.code == .spoolInUse)
      #expect(
        error?.message.contains("\(directory) is used by another producer (process \(getpid()))") == true)
      #expect(error?.message.contains("\n") == false)
      first.writer.close()
      _ = await first.writer.closed.value()
      _ = try await open(spool)
    }
  }

  @Test func makesTheDirectoryForItsOwnerAlone() async throws {
    try await withDirectory { parent in
      let directory = "\(parent)/spool"
      let opened = try await open(Producer.Spool(directory: directory))
      let attributes = try FileManager.default.attributesOfItem(atPath: directory)
      #expect(attributes[.posixPermissions] as? Int == 0o700)
      opened.writer.close()
    }
  }

  @Test func namesTheDirectoryThatCannotBeMade() async throws {
    try await withDirectory { parent in
      let spool = Producer.Spool(directory: "\(parent)/missing/spool")
      let error = await #expect(throws: ProducerError.self) { try await open(spool) }
      #expect(error?.code == .spoolFailed)
      #expect(error?.message.contains(spool.directory) == true)
    }
  }

  @Test func doesNotTouchAFileOfAnotherVersion() async throws {
    try await withDirectory { directory in
      let path = "\(directory)/0000000000000001.spool"
      let bytes = SpoolSegment.preamble.dropLast() + [9] + Array(repeating: 7, count: SpoolHeader.bytes)
      try Data(bytes).write(to: URL(filePath: path))
      let error = await #expect(throws: ProducerError.self) {
        try await open(Producer.Spool(directory: directory))
      }
      #expect(error?.message.contains("version 9") == true)
      #expect(try spoolFiles(directory).values.first == bytes)
    }
  }

  @Test func cutsOffATornEndAndReportsIt() async throws {
    try await withDirectory { directory in
      let path = URL(filePath: "\(directory)/0000000000000001.spool")
      let whole = [SpoolRecord.state(.sample()), .batch(.sample(1))].file
      try Data(whole + SpoolRecord.batch(.sample(2)).encoded().header).write(to: path)
      let opened = try await open(Producer.Spool(directory: directory))
      #expect(opened.recovery.batches.count == 1)
      #expect(!opened.recovery.isRenewed)
      #expect(opened.report.notices.map(\.kind) == [.spoolRecovered])
      #expect(opened.report.notices.first?.message.contains("48 bytes was cut off") == true)
      #expect(try Data(contentsOf: path) == Data(whole))
      opened.writer.close()
    }
  }

  @Test func leavesOtherFilesAlone() async throws {
    try await withDirectory { directory in
      for name in ["notes.txt", "1.spool", "000000000000000g.spool"] {
        try Data("mine".utf8).write(to: URL(filePath: "\(directory)/\(name)"))
      }
      let opened = try await open(Producer.Spool(directory: directory))
      #expect(opened.recovery.batches.isEmpty)
      #expect(opened.report.notices.isEmpty)
      opened.writer.close()
    }
  }
}
