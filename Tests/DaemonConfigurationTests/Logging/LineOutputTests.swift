import Foundation
import Testing

@testable import DaemonConfiguration

struct LineOutputTests {
  @Test(arguments: ["", "a line\n", String(repeating: "long ", count: 200_000) + "\n"])
  func writesALineWhole(_ line: String) throws {
    let pipe = Pipe()
    // On a thread of its own: a pipe holds less than the longest line, which is then taken in parts.
    DispatchQueue.global().async {
      LineOutput(descriptor: pipe.fileHandleForWriting.fileDescriptor).write(line)
      try? pipe.fileHandleForWriting.close()
    }
    let received = try pipe.fileHandleForReading.readToEnd() ?? Data()
    #expect(received == Data(line.utf8))
  }

  @Test func dropsWhatNobodyCanTake() {
    LineOutput(descriptor: -1).write("lost\n")
  }
}
