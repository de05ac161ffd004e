import Authentication

/// The value of the field `Authorization`.
enum BearerFuzzer: Fuzzer {
  static let name = "bearer"
  static let longestInput = 128
  static let seeds: [[UInt8]] =
    ["Basic dXNlcjpwYXNz", "Bearer", "bearer  x y", "Bearer sluice_a_b_c"].map { Array($0.utf8) }
    + (1...3).map { number in
      var generator = CountingGenerator(next: number)
      return Array("Bearer \(Secret.random(using: &generator).revealed)".utf8)
    }

  static func run(_ input: UnsafeRawBufferPointer) {
    let field = String(decoding: input, as: UTF8.self)
    guard let secret = Secret(authorization: field) else { return }
    let text = secret.revealed
    guard let again = Secret(authorization: "BEARER \(text)"), again.revealed == text else {
      preconditionFailure("the text of a secret is not read again")
    }
    precondition(field.hasSuffix(text) || field.contains("\(text) "), "another secret was read than was sent")
    var dumped = ""
    dump(secret, to: &dumped)
    let bits = text.dropFirst("sluice_\(secret.keyID)_".count)
    precondition(
      ![dumped, "\(secret)", secret.debugDescription].contains { $0.contains(bits) },
      "a description shows the bits")
  }
}

/// Numbers that are the same in every run, for seeds.
private struct CountingGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(next: Int) { state = UInt64(next) }

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 16
  }
}
