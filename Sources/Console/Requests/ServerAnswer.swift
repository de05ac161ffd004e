import CommandSupport

/// An answer of the server, read whole.
struct ServerAnswer: Sendable {
  let status: Int
  let body: [UInt8]

  /// Returns the body of a successful answer as JSON.
  /// - Throws: `failure(of:)` for another status; a failure with the status `failed` for a body that is no JSON.
  func json(from settings: ServerSettings) throws(CommandFailure) -> JSONValue {
    guard (200..<300).contains(status) else { throw failure(of: settings) }
    do {
      return try JSONValue(body)
    } catch {
      throw CommandFailure(
        .failed, "the answer of \(settings.address) is no JSON: is that the HTTP port of a Sluice server?")
    }
  }

  /// The failure for an answer that is no success, with the reason that its problem document (RFC 9457) gives.
  func failure(of settings: ServerSettings) -> CommandFailure {
    let reason = reason
    let place = "\(settings.address)"
    switch status {
    case 401 where settings.key == nil:
      return CommandFailure(
        .noAccess,
        "\(place) asks for a key: give --key-file, or set \(KeyOption.variable) (status 401)")
    case 401:
      return CommandFailure(
        .noAccess, "\(place) does not accept this key: \(reason ?? "no principal has it") (status 401)")
    case 403:
      return CommandFailure(
        .noAccess, "\(place) refuses this: \(reason ?? "the key lacks the role for it") (status 403)")
    case 404:
      return CommandFailure(
        .failed,
        "\(place) has nothing of this name: \(reason ?? "is that the HTTP address of a Sluice server?") (status 404)"
      )
    case 429, 503:
      return CommandFailure(
        .unreachable, "\(place) cannot answer now: \(reason ?? "try again later") (status \(status))")
    default:
      return CommandFailure(
        .failed, "\(place) refuses this: \(reason ?? "it gives no reason") (status \(status))")
    }
  }

  /// The reason of a problem document in one line; nil when the body is no problem document.
  var reason: String? {
    guard let problem = try? JSONValue(body) else { return nil }
    let summary = problem["detail"]?.text ?? problem["title"]?.text
    let faults = (problem["errors"]?.elements ?? []).compactMap { fault -> String? in
      // The summary of a problem with one fault has the words of the fault.
      guard let detail = fault["detail"]?.text, summary?.contains(detail) != true else { return nil }
      let place = fault["parameter"]?.text ?? fault["header"]?.text ?? fault["pointer"]?.text
      return place.map { "\($0): \(detail)" } ?? detail
    }
    let parts = [summary].compactMap { $0 } + faults.prefix(3)
    return parts.isEmpty ? nil : SafeText.line(parts.joined(separator: "; "))
  }
}
