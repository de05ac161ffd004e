import ClientLib

/// Why a run ends without having done its work: one line for people, and the exit status.
struct RunFailure: Error, Hashable, CustomStringConvertible {
  let status: ExitStatus
  let description: String

  init(_ status: ExitStatus, _ description: String) {
    self.status = status
    self.description = description
  }
}

extension RunFailure {
  /// A producer's end.
  init(_ error: ProducerError) {
    switch error.code {
    case .unreachable, .notAuthorized, .incompatible: self.init(.unreachable, "\(error)")
    default: self.init(.incomplete, "\(error)")
    }
  }
}
