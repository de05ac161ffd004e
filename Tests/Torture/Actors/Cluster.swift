/// A data directory of Postgres and the directory of its socket. Each change of lineage makes a new cluster.
struct Cluster: Hashable, Sendable {
  let number: Int
  let data: String
  let socketDirectory: String

  init(number: Int, in directory: String) {
    self.number = number
    data = "\(directory)/cluster-\(number)"
    socketDirectory = "\(directory)/socket-\(number)"
  }

  /// Connects to the server's own socket, without a proxy.
  var database: Database { Database(conninfo: "host=\(socketDirectory) user=sluice dbname=postgres") }
}
