/// Keys that an operator names: one for each `NAME` in `prefix.NAME`.
struct SettingFamily: Sendable {
  /// The characters of a name, for people.
  static let allowedNames = "1-63 of a-z, 0-9, _ and -"

  /// The part before the name, with its dot: `http.mappings.`.
  let prefix: String
  /// Creates the key with a name.
  private let make: @Sendable (_ key: String, _ name: String) -> Setting

  /// - Parameter make: Creates the key `key`, whose last part is `name`.
  init(_ prefix: String, make: @escaping @Sendable (_ key: String, _ name: String) -> Setting) {
    self.prefix = prefix + "."
    self.make = make
  }

  /// The key as the reference and the help show it.
  var example: Setting { make(prefix + "NAME", "NAME") }

  /// Returns the key called `key`; nil when it is not of this family.
  func setting(called key: String) -> Setting? {
    guard key.hasPrefix(prefix), key.count > prefix.count else { return nil }
    return make(key, String(key.dropFirst(prefix.count)))
  }

  /// Returns the name of the key that `option` sets on the command line; nil when it is not of this family.
  func key(ofFlag option: String) -> String? {
    key(of: option, after: Setting.flag(of: prefix))
  }

  /// Returns the name of the key that `variable` sets, in lower case; nil when it is not of this family.
  func key(ofVariable variable: String) -> String? {
    key(of: variable, after: Setting.variable(of: prefix))?.lowercased()
  }

  private func key(of text: String, after start: String) -> String? {
    text.hasPrefix(start) && text.count > start.count ? prefix + text.dropFirst(start.count) : nil
  }

  /// Whether a name can be given in each source of values.
  static func isName(_ name: String) -> Bool {
    (1...63).contains(name.utf8.count)
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
          UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }
}
