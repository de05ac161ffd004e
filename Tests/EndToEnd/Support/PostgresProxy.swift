import FaultProxy
import TestSupport

/// Calls `body` with a proxy in front of the Postgres of `conninfo`, and with a connection string that leads
/// through the proxy.
func withPostgresProxy<Value>(
  to conninfo: String, _ body: (_ proxy: FaultProxy, _ conninfo: String) async throws -> Value
) async throws -> Value {
  guard let host = conninfo.firstMatch(of: /host='(\/[^']+)'/)?.1 else {
    throw TestSupportError("no directory of a socket in \(conninfo)")
  }
  return try await withTemporaryDirectory { directory in
    let (target, address) = (ProxyAddress.postgres(in: String(host)), ProxyAddress.postgres(in: directory))
    return try await FaultProxy.run(to: target, on: address, speaking: .postgres) { proxy in
      try await body(proxy, conninfo.replacing(host, with: directory))
    }
  }
}
