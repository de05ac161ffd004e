import Foundation
import Ingest
import Testing
import WireProtocol

private struct VectorFile: Decodable {
  let vectors: [DeadEventVector]
}

struct DeadEventVector: Decodable, Sendable, CustomTestStringConvertible {
  struct Dead: Decodable, Hashable {
    let position: Int
    let reason: String
  }

  let name: String
  let raw: String
  let dead: [Dead]?

  var testDescription: String { name }

  /// The vectors of `spec/vectors/columns.json` that are well-formed.
  static let wellFormed: [DeadEventVector] = {
    var place = URL(filePath: #filePath)
    for _ in 0..<4 { place.deleteLastPathComponent() }
    let data = try? Data(contentsOf: place.appending(path: "spec/vectors/columns.json"))
    let file = data.flatMap { try? JSONDecoder().decode(VectorFile.self, from: $0) }
    return file?.vectors.filter { $0.dead != nil } ?? []
  }()
}

struct DeadEventVectorTests {
  @Test func thereAreVectors() {
    #expect(DeadEventVector.wellFormed.count > 20)
  }

  @Test(arguments: DeadEventVector.wellFormed)
  func deadEventsAreThoseOfTheVectors(_ vector: DeadEventVector) throws {
    let digits = Array(vector.raw.utf8)
    let bytes = try stride(from: 0, to: digits.count, by: 2).map {
      try #require(UInt8(String(decoding: digits[$0...($0 + 1)], as: UTF8.self), radix: 16))
    }
    let columns = try EventColumns(bytes, limits: .standard)
    let dead = ColumnValidator(limits: .standard).deadEvents(in: columns)
    #expect(dead.map { .init(position: $0.position, reason: $0.reason.rawValue) } == vector.dead)
  }
}
