@testable import Authentication

/// Returns the bytes of a text of hexadecimal digits.
func hexadecimal(_ text: String) -> [UInt8] {
  var rest = Substring(text)
  var bytes: [UInt8] = []
  while !rest.isEmpty {
    guard let byte = UInt8(rest.prefix(2), radix: 16) else {
      preconditionFailure("\(text) is not hexadecimal")
    }
    bytes.append(byte)
    rest = rest.dropFirst(2)
  }
  return bytes
}

/// A random generator with a known sequence (SplitMix64).
struct KnownGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}

/// Returns a secret that depends on `seed` alone.
func sampleSecret(_ seed: UInt64 = 1) -> Secret {
  var generator = KnownGenerator(state: seed)
  return Secret.random(using: &generator)
}
