import Foundation

/// Bytes of a client in steps, and what a server must have said after each.
package struct ConnectionVector: Decodable, Sendable, CustomStringConvertible {
  package struct Step: Decodable {
    package let client: HexBytes
    package let server: [String]
  }

  /// Limits that are not the default ones.
  package struct Limits: Decodable {
    package let events: Int?
    package let dictionary: Int?
    package let creditBatches: Int?
    package let creditBytes: Int?

    enum CodingKeys: String, CodingKey {
      case events, dictionary
      case creditBatches = "credit_batches"
      case creditBytes = "credit_bytes"
    }
  }

  package let name: String
  package let steps: [Step]
  package let limits: Limits?
  package let store: String?
  /// Trace contexts of batches, by sequence; nil when the vector is not about them.
  package let traced: [String: String]?
  /// The key that the server asks for.
  package let key: VectorKey?
  private let certificate: Bool?

  package var description: String { name }
  /// Whether the certificate of the client names exactly one principal, which may publish.
  package var hasCertificate: Bool { certificate == true }
  package var holds: Bool { store == "holds" }

  package static let all = VectorFile<ConnectionVector>.read("connections")
}

/// Bytes of a server, and what a client must make of them.
package struct ServerVector: Decodable, Sendable, CustomStringConvertible {
  package let name: String
  package let sent: [UInt64]
  package let server: HexBytes
  package let heard: [String]
  package let welcome: [String: String]?
  /// The key of the client.
  package let key: VectorKey?
  /// First bytes that the client has sent at the end.
  package let client: HexBytes?
  private let certificate: Bool?

  package var description: String { name }
  /// Whether the client presents a certificate.
  package var hasCertificate: Bool { certificate == true }

  package static let all = VectorFile<ServerVector>.read("server")
}

/// Columns and the events in them, or their error.
package struct ColumnVector: Decodable, Sendable, CustomStringConvertible {
  package struct Event: Decodable, Hashable {
    package let topic: HexBytes
    package let source: HexBytes
    package let id: HexBytes
    package let time: String
    package let payload: HexBytes?
  }

  package struct Dead: Decodable, Hashable {
    package let position: Int
    package let reason: String
  }

  package let name: String
  package let raw: HexBytes
  package let events: [Event]?
  package let dead: [Dead]?
  package let error: String?

  package var description: String { name }

  package static let all = VectorFile<ColumnVector>.read("columns")
}

/// A client whose connection was cut, the WELCOME of the next one, and what it must send.
package struct ResumingVector: Decodable, Sendable, CustomStringConvertible {
  package struct Batch: Decodable {
    package let sequence: UInt64
    package let raw: HexBytes
    package let sent: Bool
  }

  package struct Lineage: Decodable {
    package let system: String
    package let timeline: UInt32
    package let store: String
  }

  package let name: String
  package let base: UInt64
  package let highestTold: UInt64
  package let session: UInt64?
  package let lineage: Lineage
  package let batches: [Batch]
  package let server: HexBytes
  package let settled: [UInt64]
  package let lineageLoss: Bool
  package let client: HexBytes

  package var description: String { name }

  enum CodingKeys: String, CodingKey {
    case name, base, session, lineage, batches, server, settled, client
    case highestTold = "highest_told"
    case lineageLoss = "lineage_loss"
  }

  package static let all = VectorFile<ResumingVector>.read("resuming")
}

/// `spec/errors.json` by number.
package struct VectorCodes: Decodable {
  package let code: Int
  package let name: String
  private let scopeName: String
  private let retryName: String

  enum CodingKeys: String, CodingKey {
    case code, name
    case scopeName = "scope"
    case retryName = "retry"
  }

  package var scope: Int { scopeName == "batch" ? 2 : 1 }
  package var retry: Int { ["never": 0, "new-connection": 1][retryName] ?? 2 }

  package static let byNumber: [Int: VectorCodes] = {
    guard let data = try? Data(contentsOf: repositoryFile("spec/errors.json")),
      let codes = try? JSONDecoder().decode([VectorCodes].self, from: data)
    else { preconditionFailure("spec/errors.json cannot be read") }
    return Dictionary(uniqueKeysWithValues: codes.map { ($0.code, $0) })
  }()
}
