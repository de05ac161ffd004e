import CLibFuzzer
import Foundation
import Synchronization

/// `Fuzz list`, `Fuzz seeds NAME FOLDER`, or `Fuzz run NAME` followed by libFuzzer's own arguments.
@main
enum FuzzCommand {
  /// The fuzzer that runs, as an index: libFuzzer's callback is a C function and carries no context.
  private static let chosen = Atomic<Int>(0)

  static func main() throws {
    let arguments = CommandLine.arguments.dropFirst()
    switch (arguments.first, arguments.dropFirst().first) {
    case ("list", nil):
      for fuzzer in fuzzers { print(fuzzer.name) }
    case ("seeds", let name?) where arguments.count == 3:
      try writeSeeds(of: index(of: name), into: URL(filePath: arguments[arguments.endIndex - 1]))
    case ("run", let name?):
      exit(run(index(of: name), Array(arguments.dropFirst(2))))
    default:
      stop("usage: Fuzz list | seeds NAME FOLDER | run NAME [libFuzzer's arguments]")
    }
  }

  private static func index(of name: String) -> Int {
    guard let index = fuzzers.firstIndex(where: { $0.name == name }) else {
      stop("no fuzzer \(name); there are \(fuzzers.map { $0.name }.joined(separator: ", "))")
    }
    return index
  }

  private static func writeSeeds(of index: Int, into folder: URL) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (number, seed) in fuzzers[index].seeds.enumerated() {
      try Data(seed).write(to: folder.appending(path: "seed-\(number)"))
    }
  }

  private static func run(_ index: Int, _ arguments: [String]) -> CInt {
    chosen.store(index, ordering: .relaxed)
    let all = [CommandLine.arguments[0], "-max_len=\(fuzzers[index].longestInput)"] + arguments
    var pointers: [UnsafeMutablePointer<CChar>?] = all.map { strdup($0) } + [nil]
    return pointers.withUnsafeMutableBufferPointer { buffer in
      var count = CInt(all.count)
      var start = buffer.baseAddress
      return LLVMFuzzerRunDriver(&count, &start) { bytes, count in
        let input = UnsafeRawBufferPointer(start: bytes, count: count)
        fuzzers[FuzzCommand.chosen.load(ordering: .relaxed)].run(input)
        return 0
      }
    }
  }

  private static func stop(_ message: String) -> Never {
    FileHandle.standardError.write(Data("\(message)\n".utf8))
    exit(2)
  }
}
