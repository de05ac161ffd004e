internal import TextFormats

/// The names of the parameters of a route. A name that is close to one of them is probably a mistake, which would give
/// a wrong answer if it was ignored.
struct KnownParameters: Sendable {
  /// The most bytes of a name that is compared with the known ones. A comparison takes time with each byte, and a name
  /// that is much longer than all known ones is no slip.
  private static let longest = 64

  private let names: [String]
  private let prefix: String?

  /// Creates a list of `names`.
  /// - Parameter prefix: The beginning of further names, which ends in a dot; nil for none.
  init(_ names: [String], prefix: String? = nil) {
    self.names = names
    self.prefix = prefix
  }

  /// Returns the names in `parameters` that the route does not know, each once and in their order.
  /// - Throws: a 422 problem for a name that is close to a known one; it names that one.
  func ignored(in parameters: QueryParameters) throws(Problem) -> [String] {
    var ignored: [String] = []
    for name in parameters.names {
      if names.contains(name) || prefix.map(name.hasPrefix) ?? false { continue }
      if let meant = close(to: name) {
        throw .badParameter(name, "There is no such parameter; \"\(meant)\" is probably meant.")
      }
      ignored.append(name)
    }
    return ignored
  }

  /// Returns the known name that differs from `name` in one character, or in two if `name` has more than five.
  private func close(to name: String) -> String? {
    if let prefix, let dot = name.firstIndex(of: "."), name[..<dot].utf8.count <= Self.longest,
      let meant = NearestName.of(String(name[..<dot]), among: [String(prefix.dropLast())])
    {
      return name[..<dot] == meant ? nil : prefix + name[dot...].dropFirst()
    }
    guard name.count > 2, name.utf8.count <= Self.longest else { return nil }
    return NearestName.of(
      name.lowercased(), among: names.filter { $0.count > 2 }, within: name.count > 5 ? 2 : 1)
  }
}
