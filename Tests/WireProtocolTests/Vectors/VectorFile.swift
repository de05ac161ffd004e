import Foundation
import Testing

/// A file of `spec/vectors`.
struct VectorFile<Vector: Decodable>: Decodable {
  let vectors: [Vector]

  static func read(_ name: String) -> [Vector] {
    let url = repositoryFile("spec/vectors/\(name).json")
    do {
      return try JSONDecoder().decode(VectorFile.self, from: Data(contentsOf: url)).vectors
    } catch {
      // Without vectors a test with arguments has no cases and is skipped, which looks like a success.
      preconditionFailure("\(url.path) can not be read: \(error)")
    }
  }
}

/// Bytes written in hex.
struct HexBytes: Decodable, Hashable {
  let bytes: [UInt8]

  init(from decoder: any Decoder) throws {
    let digits = Array(try decoder.singleValueContainer().decode(String.self).utf8)
    bytes = try stride(from: 0, to: digits.count, by: 2).map { offset in
      let pair = String(decoding: digits[offset..<min(offset + 2, digits.count)], as: UTF8.self)
      return try #require(UInt8(pair, radix: 16))
    }
  }
}
