import DaemonServices
import Foundation
import Testing

struct ReadyLineTests {
  private struct Fields: Decodable, Equatable {
    let ready: Bool
    let tcpPort: Int
    let httpPort: Int
    let database: String
    let pid: Int32
  }

  @Test(arguments: [(true, "embedded"), (false, "external")])
  func isOneLineOfJSON(_ isEmbedded: Bool, _ database: String) throws {
    let line = ReadyLine(tcpPort: 7171, httpPort: 8080, isEmbedded: isEmbedded, processID: 42).description
    #expect(!line.contains("\n"))
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let fields = try decoder.decode(Fields.self, from: Data(line.utf8))
    #expect(fields == Fields(ready: true, tcpPort: 7171, httpPort: 8080, database: database, pid: 42))
  }
}
