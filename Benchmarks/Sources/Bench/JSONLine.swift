import Foundation

/// Prints a result as one line of JSON, without buffering.
func printLine(_ result: some Encodable) throws {
  let encoder = JSONEncoder()
  encoder.outputFormatting = .sortedKeys
  FileHandle.standardOutput.write(try encoder.encode(result) + Data("\n".utf8))
}
