internal import Foundation

/// The one line on standard output, when the daemon serves: what the one who started it waits for.
public struct ReadyLine: Hashable, Sendable, CustomStringConvertible {
  private let tcpPort: Int
  private let httpPort: Int
  private let isEmbedded: Bool
  private let processID: Int32

  /// A daemon on these ports, over its own Postgres or another one.
  public init(tcpPort: Int, httpPort: Int, isEmbedded: Bool, processID: Int32) {
    self.tcpPort = tcpPort
    self.httpPort = httpPort
    self.isEmbedded = isEmbedded
    self.processID = processID
  }

  /// The line, a JSON object.
  public var description: String {
    #"{"ready":true,"tcp_port":\#(tcpPort),"http_port":\#(httpPort),"#
      + #""database":"\#(isEmbedded ? "embedded" : "external")","pid":\#(processID)}"#
  }

  /// Writes the line at once, even where standard output is a file.
  public func print() {
    FileHandle.standardOutput.write(Data("\(self)\n".utf8))
  }
}
