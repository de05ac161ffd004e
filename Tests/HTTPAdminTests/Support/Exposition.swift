/// A strict reader of the text exposition format 0.0.4.
struct Exposition {
  struct Sample: Equatable {
    let name: String
    let labels: [String: String]
    let value: Double
  }

  struct Family {
    let name: String
    let help: String
    let kind: String
    var samples: [Sample] = []

    /// Returns the samples' values of `label`, in their order.
    func values(of label: String) -> [String] { samples.compactMap { $0.labels[label] } }
  }

  /// The error of a line.
  struct Malformed: Error {
    let line: Substring
    let reason: String
  }

  private(set) var families: [Family] = []
  private var help: (name: String, text: String)?

  init(_ text: String) throws {
    guard text.hasSuffix("\n") else {
      throw Malformed(line: text.suffix(80), reason: "no line feed at the end")
    }
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() { try read(line) }
    if let help { throw Malformed(line: "\(help.name)", reason: "HELP without TYPE") }
    for family in families where family.samples.isEmpty {
      throw Malformed(line: "\(family.name)", reason: "no samples")
    }
  }

  /// Returns the family with this name.
  subscript(_ name: String) -> Family? { families.first { $0.name == name } }

  /// Returns the value of the only sample with this name and these labels.
  func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
    families.lazy.flatMap(\.samples).first { $0.name == name && $0.labels == labels }?.value
  }

  private mutating func read(_ line: Substring) throws {
    if let match = line.wholeMatch(of: /# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) ((?:[^\\]|\\\\|\\n)*)/) {
      guard help == nil else { throw Malformed(line: line, reason: "a second HELP") }
      help = ("\(match.1)", Self.unescaped(match.2))
    } else if let match = line.wholeMatch(of: /# TYPE (\S+) (counter|gauge|histogram)/) {
      guard let help, help.name == match.1, self[help.name] == nil else {
        throw Malformed(line: line, reason: "not after its own HELP line, or repeated")
      }
      families.append(Family(name: help.name, help: help.text, kind: "\(match.2)"))
      self.help = nil
    } else {
      try add(Self.sample(line), line)
    }
  }

  private mutating func add(_ sample: Sample, _ line: Substring) throws {
    guard help == nil, let family = families.last else { throw Malformed(line: line, reason: "no TYPE") }
    let names =
      family.kind == "histogram" ? ["_bucket", "_sum", "_count"].map { family.name + $0 } : [family.name]
    guard names.contains(sample.name) else { throw Malformed(line: line, reason: "of another family") }
    guard !family.samples.contains(where: { $0.name == sample.name && $0.labels == sample.labels }) else {
      throw Malformed(line: line, reason: "a second time")
    }
    families[families.count - 1].samples.append(sample)
  }

  private static func sample(_ line: Substring) throws -> Sample {
    guard let match = line.wholeMatch(of: /([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.+)\})? ([0-9.e+-]+)/),
      let value = Double(match.3)
    else { throw Malformed(line: line, reason: "no sample") }
    var labels: [String: String] = [:]
    var rest = match.2 ?? ""
    while !rest.isEmpty {
      guard let label = rest.prefixMatch(of: /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\["\\n])*)"(?:,|$)/),
        labels.updateValue(unescaped(label.2), forKey: "\(label.1)") == nil
      else { throw Malformed(line: line, reason: "no label") }
      rest = rest[label.range.upperBound...]
    }
    return Sample(name: "\(match.1)", labels: labels, value: value)
  }

  private static func unescaped(_ text: Substring) -> String {
    String(text.replacing(/\\(.)/) { $0.1 == "n" ? "\n" : "\($0.1)" })
  }
}
