import Hummingbird

/// The parameters of a query. A parameter whose name cannot be decoded is ignored.
struct QueryParameters {
  /// The names and the encoded values, in the order of the query.
  private let pairs: [(name: String, encoded: Substring)]

  /// Reads the query of `request`.
  init(_ request: Request) {
    self.init(query: request.uri.query ?? "")
  }

  /// Reads a query without its question mark. A name that cannot be decoded is unknown, and ignored.
  init(query: String) {
    self.pairs = query.split(separator: "&").compactMap { pair in
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = try? PercentDecoding.decode(parts[0], plusIsSpace: true) else { return nil }
      return (name, parts.count == 2 ? parts[1] : "")
    }
  }

  /// The names of all parameters, each once and in their order.
  var names: [String] {
    var seen: Set<String> = []
    return pairs.map(\.name).filter { seen.insert($0).inserted }
  }

  /// Returns the parameters in their original form, as `name=value`, except those in `names`. Characters that
  /// could end a link in a header field are encoded.
  func encoded(without names: Set<String>) -> [String] {
    pairs.filter { !names.contains($0.name) }.map { pair in
      PercentEncoding.encode(pair.name) + "=" + PercentEncoding.repair(pair.encoded)
    }
  }

  /// Returns all parameters, decoded, in their order.
  /// - Throws: a 400 problem when a value cannot be decoded.
  func decoded() throws(Problem) -> [(name: String, value: String)] {
    var decoded: [(name: String, value: String)] = []
    for pair in pairs {
      do throws(PercentDecoding.Failure) {
        decoded.append((pair.name, try PercentDecoding.decode(pair.encoded, plusIsSpace: true)))
      } catch {
        throw .malformedParameter(pair.name, error.sentence)
      }
    }
    return decoded
  }

  /// Returns the decoded value of `name`; nil when it is absent.
  /// - Throws: a 400 problem when the value cannot be decoded, a 422 problem when it is given twice.
  func value(_ name: String) throws(Problem) -> String? {
    let given = pairs.filter { $0.name == name }
    guard given.count <= 1 else {
      throw .badParameter(name, "It is given \(given.count) times; give it once.")
    }
    guard let encoded = given.first?.encoded else { return nil }
    do {
      return try PercentDecoding.decode(encoded, plusIsSpace: true)
    } catch {
      throw .malformedParameter(name, error.sentence)
    }
  }

  /// Returns the value of `name` as a topic, source or event id.
  /// - Throws: the errors of `value`, and a 422 problem when the value has not 1 to 255 Unicode scalars.
  func eventName(_ name: String) throws(Problem) -> String? {
    guard let text = try value(name) else { return nil }
    guard (1...255).contains(text.unicodeScalars.count) else {
      throw .badParameter(name, "It must have 1 to 255 characters, not \(text.unicodeScalars.count).")
    }
    return text
  }

  /// Returns the value of `name` as a decimal integer within `range`.
  /// - Throws: the errors of `value`, and a 422 problem for any other value.
  func integer(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
    guard let text = try value(name) else { return nil }
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text),
      range.contains(number)
    else {
      throw .badParameter(name, "It must be an integer from \(range.lowerBound) to \(range.upperBound).")
    }
    return number
  }

  /// Returns whether `name` is 1 or `true`; false when it is absent.
  /// - Throws: the errors of `value`, and a 422 problem for a value that is not 0, 1, `true` or `false`.
  func isTrue(_ name: String) throws(Problem) -> Bool {
    switch try value(name) {
    case nil, "0", "false": return false
    case "1", "true": return true
    default: throw .badParameter(name, "It must be \"1\" or \"0\".")
    }
  }

  /// Returns the value of `name` as a case of `Choice`.
  /// - Throws: the errors of `value`, and a 422 problem that lists the choices.
  func choice<Choice>(_ name: String, of type: Choice.Type) throws(Problem) -> Choice?
  where Choice: RawRepresentable<String> & CaseIterable {
    guard let text = try value(name) else { return nil }
    guard let choice = Choice(rawValue: text) else {
      let choices = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " or ")
      throw .badParameter(name, "It must be \(choices).")
    }
    return choice
  }
}
