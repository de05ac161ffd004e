import Foundation
import Testing

@testable import Publisher

/// Which lines of real files are read, and under which contents.
struct FollowedFilesTests {
  @Test func readsLinesAsTheyAreWritten() async throws {
    try await withDirectory { directory in
      var log = LogFile("\(directory)/app.log")
      var reader = Reader(["\(directory)/app.log"])
      #expect(reader.pass() == [])
      log.append("one\ntwo\nthr")
      #expect(reader.pass() == ["one", "two"])
      #expect(reader.pass() == [])
      log.append("ee\n\nfour\n")
      #expect(reader.pass() == ["three", "", "four"])
    }
  }

  @Test func readsARenamedFileToItsEndBeforeTheNewOne() async throws {
    try await withDirectory { directory in
      var log = LogFile("\(directory)/app.log")
      // The pattern does not have the new name, but the file is known by its inode.
      var reader = Reader(["\(directory)/app.log"])
      log.append("one\n")
      #expect(reader.pass() == ["one"])
      log.append("two\n")
      log.rename(to: "\(directory)/app.log.1")
      var next = LogFile("\(directory)/app.log")
      next.append("four\n")
      log.append("three\n")
      #expect(reader.pass() == ["two", "three", "four"])
      log.append("late\n")
      next.append("five\n")
      #expect(reader.pass() == ["late", "five"])
    }
  }

  @Test func takesALastLineWithoutAnEndWhenARotatedFileIsAtRest() async throws {
    try await withDirectory { directory in
      var log = LogFile("\(directory)/app.log")
      var reader = Reader(["\(directory)/app.log*"])
      log.append("one\ntw")
      #expect(reader.pass() == ["one"])
      #expect(reader.pass(after: .seconds(60)) == [])
      log.append("o")
      log.rename(to: "\(directory)/app.log.1")
      #expect(reader.pass(after: .seconds(1)) == [])
      #expect(reader.pass(after: .seconds(6)) == ["two"])
      #expect(reader.pass(after: .seconds(6)) == [])
    }
  }

  @Test func beginsAgainWhenAFileIsTruncated() async throws {
    try await withDirectory { directory in
      var log = LogFile("\(directory)/app.log")
      var reader = Reader(["\(directory)/app.log"])
      log.append("one\ntwo\n")
      #expect(reader.pass() == ["one", "two"])
      log.truncate()
      log.append("three\n")
      #expect(reader.pass() == ["three"])
      // Longer than before, so that the size does not tell of the truncation.
      log.truncate()
      log.append("four\nfive\nsix\n")
      #expect(reader.pass() + reader.pass() == ["four", "five", "six"])
      #expect(reader.contents == 3)
    }
  }

  @Test func reportsBytesThatATruncationTook() async throws {
    try await withDirectory { directory in
      var log = LogFile("\(directory)/app.log")
      var reader = Reader(["\(directory)/app.log"])
      log.append("one\nunfinished")
      #expect(reader.pass() == ["one"])
      log.truncate()
      #expect(reader.pass() == [])
      #expect(reader.notices.count == 1)
      #expect(reader.notices.first?.contains("its last 10 bytes") == true)
    }
  }

  /// The copy is seen before the original is truncated, or together with the truncation.
  @Test(arguments: [false, true]) func readsTheRestOfATruncatedFileFromItsCopy(_ isSeenBefore: Bool)
    async throws
  {
    try await withDirectory { directory in
      var log = LogFile("\(directory)/app.log")
      var reader = Reader(["\(directory)/app.log*"])
      let lines = (1...3).map { "\($0) " + String(repeating: "x", count: 80) }
      log.append("\(lines[0])\n\(lines[1])\n")
      #expect(reader.pass() == [lines[0], lines[1]])
      log.append("\(lines[2])\n")
      try FileManager.default.copyItem(atPath: log.path, toPath: "\(directory)/app.log.1")
      if isSeenBefore { #expect(reader.pass() == [lines[2]]) }
      log.truncate()
      log.append("next\n")
      #expect(Set(reader.pass()) == (isSeenBefore ? ["next"] : [lines[2], "next"]))
      #expect(reader.contents == 2)
    }
  }

  /// Two programs may begin their logs with the same line.
  @Test func readsBothOfTwoFilesThatBeginAlike() async throws {
    try await withDirectory { directory in
      var (first, second) = (LogFile("\(directory)/a.log"), LogFile("\(directory)/b.log"))
      var reader = Reader(["\(directory)/*.log"])
      let banner = "started " + String(repeating: "-", count: 100)
      first.append("\(banner)\n")
      #expect(reader.pass() == [banner])
      second.append("\(banner)\n")
      #expect(reader.pass() == [])
      second.append("b\n")
      #expect(reader.pass(after: .seconds(6)) == [banner, "b"])
      first.append("a\n")
      #expect(reader.pass() == ["a"])
      #expect(reader.contents == 2)
    }
  }

  @Test func skipsALineAboveTheLimitToItsEnd() async throws {
    try await withDirectory { directory in
      var log = LogFile("\(directory)/app.log")
      var reader = Reader(["\(directory)/app.log"])
      log.append("one\n" + String(repeating: "x", count: LineSplitter.longestLine + 1))
      #expect(reader.pass() == ["one"])
      log.append("yyy\ntwo\n")
      #expect(reader.pass() == [nil, "two"])
    }
  }

  @Test func takesALineOfTheLimit() async throws {
    try await withDirectory { directory in
      var log = LogFile("\(directory)/app.log")
      var reader = Reader(["\(directory)/app.log"])
      let line = String(repeating: "x", count: LineSplitter.longestLine)
      log.append("\(line)\n")
      #expect(reader.pass() == [line])
    }
  }

  @Test func doesNotFollowCompressedFiles() async throws {
    try await withDirectory { directory in
      try Data([0x1F, 0x8B, 8, 0, 10, 10]).write(to: URL(filePath: "\(directory)/app.log.2.gz"))
      var reader = Reader(["\(directory)/app.log*"])
      #expect(reader.pass() == [])
      #expect(reader.notices == ["\(directory)/app.log.2.gz is compressed and is not followed"])
      #expect(reader.pass() == [])
      #expect(reader.notices.count == 1)
    }
  }

  /// The second process has only what the state file of the first one says.
  @Test func goesOnFromItsState() async throws {
    try await withDirectory { directory in
      var log = LogFile("\(directory)/app.log")
      var first = Reader(["\(directory)/app.log"])
      log.append("one\ntwo\n")
      #expect(first.pass() == ["one", "two"])
      let ids = first.ids
      // Lines that the first process sent without a commit have the same ids again.
      var second = Reader(["\(directory)/app.log"], state: first.state)
      #expect(second.pass() == ["one", "two"])
      #expect(second.ids == ids)
      second.commit()
      log.append("three\n")
      log.rename(to: "\(directory)/old.log")
      var next = LogFile(log.path.replacingOccurrences(of: "old", with: "app"))
      next.append("four\n")
      var third = Reader(["\(directory)/app.log"], state: second.state)
      #expect(third.pass() == ["three", "four"])
    }
  }

  @Test func noticesATruncationBeforeTheFirstLineIsRead() async throws {
    try await withDirectory { directory in
      var log = LogFile("\(directory)/app.log")
      var first = Reader(["\(directory)/app.log"])
      log.append("one\n")
      first.look()
      log.truncate()
      log.append("longer than before\n")
      #expect(first.pass() + first.pass() == ["longer than before"])
      first.commit()
      var second = Reader(["\(directory)/app.log"], state: first.state)
      #expect(second.pass() == [])
    }
  }

  @Test func noticesATruncationBetweenTwoProcesses() async throws {
    try await withDirectory { directory in
      var log = LogFile("\(directory)/app.log")
      var first = Reader(["\(directory)/app.log"])
      log.append("one\n")
      #expect(first.pass() == ["one"])
      first.commit()
      log.truncate()
      log.append("longer than before\n")
      var second = Reader(["\(directory)/app.log"], state: first.state)
      #expect(second.pass() == ["longer than before"])
    }
  }

  @Test func givesEqualLinesOfTwoContentsDifferentIDs() async throws {
    try await withDirectory { directory in
      var log = LogFile("\(directory)/app.log")
      var reader = Reader(["\(directory)/app.log"])
      log.append("same\nsame\n")
      #expect(reader.pass() == ["same", "same"])
      log.truncate()
      #expect(reader.pass() == [])
      log.append("same\n")
      #expect(reader.pass() == ["same"])
      #expect(Set(reader.ids).count == 3)
      #expect(reader.ids.allSatisfy { $0.hasPrefix("f-") && $0.utf8.count == 34 })
    }
  }

  @Test func forgetsARemovedFile() async throws {
    try await withDirectory { directory in
      var log = LogFile("\(directory)/app.log")
      var reader = Reader(["\(directory)/app.log"])
      log.append("one\n")
      #expect(reader.pass() == ["one"])
      unlink(log.path)
      log.append("two\n")
      #expect(reader.pass() == ["two"])
      reader.commit()
      #expect(reader.pass(after: .seconds(6)) == [])
      let state = reader.state
      #expect(state.files == [])
    }
  }
}

/// Follows files as a run does, but with a clock of its own.
private struct Reader {
  private var files: FollowedFiles
  private var positions = CommitPositions()
  private var now = ContinuousClock.now
  private var reached: [FileID: FilePosition] = [:]
  private(set) var notices: [String] = []
  private(set) var ids: [String] = []

  init(_ patterns: [String], state: FollowState = FollowState()) {
    for file in state.files + state.ended { positions.begin(file.id, at: file.position) }
    files = FollowedFiles(
      patterns.map { FilePattern(text: $0) }, rotateWait: .seconds(5), state: state, now: now)
  }

  /// The state that the state file has.
  var state: FollowState {
    mutating get { files.state(positions) }
  }

  /// Number of contents that had lines.
  var contents: Int { reached.count }

  /// Looks at the files and reads nothing.
  mutating func look() {
    files.scan(positions, now: now)
  }

  /// Looks at the files and returns the new lines; nil for a line above the limit.
  mutating func pass(after pause: Duration = .zero) -> [String?] {
    now += pause
    files.scan(positions, now: now)
    var found: [String?] = []
    while let lines = files.read(now: now) {
      for line in lines.lines {
        found.append(line.range.map { String(decoding: lines.bytes[$0], as: UTF8.self) })
        guard let range = line.range else { continue }
        var id: [UInt8] = []
        lines.file.writeEventID(
          offset: lines.offset(of: range), line: lines.bytes.span.bytes.extracting(range), into: &id)
        ids.append(String(decoding: id, as: UTF8.self))
      }
      if let last = lines.lines.last { reached[lines.file] = lines.position(after: last.end) }
    }
    notices += files.takeNotices()
    return found
  }

  /// Everything that was read is committed.
  mutating func commit() {
    positions.pass(upTo: reached)
  }
}

/// A file that a program keeps open to append lines.
private struct LogFile {
  private let descriptor: CInt
  private(set) var path: String

  init(_ path: String) {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
  }

  mutating func append(_ text: String) {
    let bytes = Array(text.utf8)
    #expect(write(descriptor, bytes, bytes.count) == bytes.count)
  }

  mutating func rename(to path: String) {
    #expect(Foundation.rename(self.path, path) == 0)
    self.path = path
  }

  func truncate() {
    #expect(ftruncate(descriptor, 0) == 0)
  }
}
