internal import CPostgres

/// The warnings that a connection received. A COMMIT with a warning does not prove that the data is safe,
/// because a synchronous standby may not have confirmed it.
///
/// libpq calls the log on the connection's own thread, from within calls of that connection.
package final class WarningLog {
  /// Message of the first warning since `clear`.
  package private(set) var first: String?

  /// Forgets the warnings so far.
  package func clear() {
    first = nil
  }

  /// Makes `connection` report to this log, which must live longer than the connection.
  package func attach(to connection: OpaquePointer) {
    PQsetNoticeReceiver(
      connection,
      { context, result in
        guard let context, let result else { return }
        Unmanaged<WarningLog>.fromOpaque(context).takeUnretainedValue().receive(result)
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  private func receive(_ notice: OpaquePointer) {
    let severity = PQresultErrorField(notice, Int32(UInt8(ascii: "V")))
    guard first == nil, let severity, String(cString: severity) == "WARNING" else { return }
    first = PQresultErrorField(notice, Int32(UInt8(ascii: "M"))).map { String(cString: $0) } ?? ""
  }
}
