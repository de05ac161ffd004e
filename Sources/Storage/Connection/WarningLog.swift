internal import CPostgres

/// The warnings that a connection received, because a COMMIT that came with one proves nothing: a
/// synchronous standby may not have confirmed it.
///
/// libpq calls into it on the connection's own thread, from within calls of that connection.
final class WarningLog {
  /// The message of the first warning since `clear`.
  private(set) var first: String?

  /// Forgets what came before.
  func clear() {
    first = nil
  }

  /// Makes `connection` report to this log. The log must live longer than the connection.
  func attach(to connection: OpaquePointer) {
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
