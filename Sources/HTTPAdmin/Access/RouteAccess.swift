import Principals

/// Who may use a route.
enum RouteAccess: Hashable, Sendable {
  /// Everybody: the route shows nothing about events.
  case open
  /// Principals with this role.
  case role(Role)
  /// Principals with the role `metrics`, and those with the role `read` that may read every topic, because metrics
  /// count the events of all topics.
  case metrics

  /// Returns whether the rights of a principal suffice.
  func admits(_ principal: Principal) -> Bool {
    switch self {
    case .open: true
    case .role(let role): principal.roles.contains(role)
    case .metrics:
      principal.roles.contains(.metrics)
        || (principal.roles.contains(.read) && principal.readTopics == .all)
    }
  }

  /// The role that a principal needs, for the problem that it lacks.
  var roleName: String {
    switch self {
    case .open: ""
    case .role(let role): role.rawValue
    case .metrics: "\(Role.metrics.rawValue), or \(Role.read.rawValue) for all topics"
    }
  }
}
