/// Rights on one object of the database that a server's role needs when it does not own the schema.
struct ObjectRights: Hashable, Sendable {
  /// A kind of object that rights are granted on.
  enum Object: Hashable, Sendable {
    case database
    case schema
    case sequence(String)
    case table(String)
  }

  let object: Object
  /// The rights in the words of GRANT, such as `SELECT`.
  var rights: [String]

  /// The rights and their object for people, such as `SELECT, INSERT on table events`.
  /// - Parameters:
  ///   - schema: the quoted name of the schema.
  ///   - database: the quoted name of the database.
  func description(schema: String, database: String) -> String {
    let object =
      switch object {
      case .database: "database \(database)"
      case .schema: "schema \(schema)"
      case .sequence(let name): "sequence \(name)"
      case .table(let name): "table \(name)"
      }
    return "\(rights.joined(separator: ", ")) on \(object)"
  }

  /// The statement that gives the rights. All names are quoted identifiers.
  func grant(to role: String, schema: String, database: String) -> String {
    let object =
      switch object {
      case .database: "DATABASE \(database)"
      case .schema: "SCHEMA \(schema)"
      case .sequence(let name): "SEQUENCE \(schema).\(name)"
      case .table(let name): "\(schema).\(name)"
      }
    return "GRANT \(rights.joined(separator: ", ")) ON \(object) TO \(role)"
  }
}

extension ObjectRights {
  /// Rights without which no server starts.
  /// - Parameters:
  ///   - deletesDeadEvents: Whether dead events are deleted by age.
  ///   - raisesPurge: Whether deletions of events raise the purge generation without a trigger, because Citus runs none.
  static func required(deletesDeadEvents: Bool, raisesPurge: Bool = false) -> [ObjectRights] {
    all.map { entry in
      if raisesPurge, entry.object == .table("store") {
        return ObjectRights(object: entry.object, rights: entry.rights + ["UPDATE"])
      }
      guard entry.object == deadEvents else { return entry }
      let rights = ["SELECT", "INSERT"] + (deletesDeadEvents ? ["DELETE"] : [])
      return ObjectRights(object: deadEvents, rights: rights)
    }
  }

  /// Rights of a server that uses all its functions: those of every start, and those that store dead events
  /// again, mark them as published again, and delete them by age.
  static let all = [
    ObjectRights(object: .schema, rights: ["USAGE"]),
    ObjectRights(object: .database, rights: ["TEMPORARY"]),
    ObjectRights(object: .sequence("group_ids"), rights: ["USAGE"]),
    ObjectRights(object: .table("schema_migrations"), rights: ["SELECT"]),
    ObjectRights(object: .table("store"), rights: ["SELECT"]),
    ObjectRights(object: .table("events"), rights: ["SELECT", "INSERT", "DELETE"]),
    ObjectRights(object: .table("producers"), rights: ["SELECT", "INSERT", "UPDATE", "DELETE"]),
    ObjectRights(object: .table("batches"), rights: ["SELECT", "INSERT", "UPDATE", "DELETE"]),
    ObjectRights(object: deadEvents, rights: ["SELECT", "INSERT", "UPDATE", "DELETE"]),
    ObjectRights(object: .table("topic_spans"), rights: ["SELECT", "INSERT", "DELETE"]),
    ObjectRights(object: .table("counters"), rights: ["SELECT", "INSERT", "UPDATE"]),
    ObjectRights(object: .table("leases"), rights: ["SELECT", "INSERT", "UPDATE"]),
    ObjectRights(object: .table("servers"), rights: ["SELECT", "INSERT", "UPDATE", "DELETE"]),
  ]

  /// Whether the version of the schema cannot be read without these rights.
  var isNeededToReadVersion: Bool {
    switch object {
    case .schema, .table("schema_migrations"), .table("store"): true
    default: false
    }
  }

  private static let deadEvents = Object.table("dead_events")
}
