internal import Glibc

/// The account under which the server's processes run.
struct ServerAccount: Hashable, Sendable {
  /// The account's name.
  let name: String
  /// The user id.
  let userID: uid_t
  /// The id of the primary group.
  let groupID: gid_t

  /// Whether a process must change its user to run under this account. Only root can do that.
  var isOther: Bool { userID != geteuid() }

  /// Names of accounts that a system is likely to have for a database, in order of preference.
  private static let usual = ["postgres", "sluice", "nobody"]

  /// Chooses the account for the data in a directory of `owner`: this process's own account, unless that is
  /// root.
  /// - Throws: `noAccount`.
  static func choose(configured: String?, owner: uid_t?) throws(EmbeddedPostgresError) -> ServerAccount {
    if geteuid() != 0 {
      let name = ServerAccount(userID: geteuid())?.name ?? "\(geteuid())"
      return ServerAccount(name: name, userID: geteuid(), groupID: getegid())
    }
    if let configured {
      guard let account = ServerAccount(named: configured) else {
        throw .noAccount(reason: "\(configured) does not exist")
      }
      guard account.userID != 0 else { throw .noAccount(reason: "\(configured) is root, too") }
      return account
    }
    if let owner, owner != 0, let account = ServerAccount(userID: owner) { return account }
    assert(geteuid() == 0, "only root chooses an account")
    guard let account = usual.lazy.compactMap({ ServerAccount(named: $0) }).first(where: { $0.userID != 0 })
    else { throw .noAccount(reason: "none of \(usual.joined(separator: ", ")) exists") }
    return account
  }

  /// The account called `name`; nil when there is none.
  init?(named name: String) {
    self.init { entry, buffer, count, result in
      getpwnam_r(name, entry, buffer, count, result)
    }
  }

  /// The account with the user id `userID`; nil when there is none.
  init?(userID: uid_t) {
    self.init { entry, buffer, count, result in
      getpwuid_r(userID, entry, buffer, count, result)
    }
  }

  private init(name: String, userID: uid_t, groupID: gid_t) {
    self.name = name
    self.userID = userID
    self.groupID = groupID
  }

  private init?(
    lookUp: (
      UnsafeMutablePointer<passwd>, UnsafeMutablePointer<CChar>, Int,
      UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
    ) -> Int32
  ) {
    var entry = passwd()
    var result: UnsafeMutablePointer<passwd>?
    let found = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16_384) { buffer -> Self? in
      guard let start = buffer.baseAddress, lookUp(&entry, start, buffer.count, &result) == 0,
        result != nil
      else { return nil }
      let name = entry.pw_name.map { String(cString: $0) } ?? ""
      return Self(name: name, userID: entry.pw_uid, groupID: entry.pw_gid)
    }
    guard let found else { return nil }
    self = found
  }

  /// Whether the permission bits of `status` let the account enter a directory. Access control lists are not
  /// read.
  func mayEnter(_ status: FileStatus) -> Bool {
    if status.owner == userID { return status.permissions & 0o100 != 0 }
    if status.group == groupID { return status.permissions & 0o010 != 0 }
    return status.permissions & 0o001 != 0
  }
}
