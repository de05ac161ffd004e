import Foundation

/// A file of `spec/vectors`.
package struct VectorFile<Vector: Decodable>: Decodable {
  package let vectors: [Vector]

  package static func read(_ name: String) -> [Vector] {
    let url = repositoryFile("spec/vectors/\(name).json")
    do {
      return try JSONDecoder().decode(VectorFile.self, from: Data(contentsOf: url)).vectors
    } catch {
      // Without vectors a test with arguments has no cases and is skipped, which looks like a success.
      preconditionFailure("\(url.path) cannot be read: \(error)")
    }
  }
}

/// Bytes written in hex; `ff*300` between spaces is one byte 300 times.
package struct HexBytes: Decodable, Hashable, Sendable {
  package let bytes: [UInt8]

  private struct NotHex: Error {}

  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  package init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    bytes = try text.split(separator: " ").flatMap(Self.word)
  }

  private static func word(_ text: Substring) throws -> [UInt8] {
    let parts = text.split(separator: "*")
    let digits = Array(parts[0].utf8)
    let bytes = try stride(from: 0, to: digits.count, by: 2).map { offset in
      let pair = String(decoding: digits[offset..<min(offset + 2, digits.count)], as: UTF8.self)
      guard let byte = UInt8(pair, radix: 16) else { throw NotHex() }
      return byte
    }
    guard parts.count == 2 else { return bytes }
    guard let times = Int(parts[1]), bytes.count == 1 else { throw NotHex() }
    return Array(repeating: bytes[0], count: times)
  }
}

/// A file of the repository, found from the place of this one.
func repositoryFile(_ path: String) -> URL {
  URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: path)
}
