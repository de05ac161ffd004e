/// The only line on standard output, printed when the daemon serves. The program that started the daemon
/// waits for it.
public struct ReadyLine: Hashable, Sendable, CustomStringConvertible {
  private let tcpPort: Int
  private let httpPort: Int
  private let isEmbedded: Bool
  private let processID: Int32

  /// A line for a daemon on these ports, with the embedded Postgres or an external database.
  public init(tcpPort: Int, httpPort: Int, isEmbedded: Bool, processID: Int32) {
    precondition(
      (1...65_535).contains(tcpPort) && (1...65_535).contains(httpPort), "the ports that are bound")
    self.tcpPort = tcpPort
    self.httpPort = httpPort
    self.isEmbedded = isEmbedded
    self.processID = processID
  }

  /// The line, which is a JSON object.
  public var description: String {
    #"{"ready":true,"tcp_port":\#(tcpPort),"http_port":\#(httpPort),"#
      + #""database":"\#(isEmbedded ? "embedded" : "external")","pid":\#(processID)}"#
  }
}
