/// Fails on purpose, on an input that only a working fuzzer finds. `run.sh` requires this failure before it
/// trusts the other fuzzers.
enum CanaryFuzzer: Fuzzer {
  static let name = "canary"
  static let longestInput = 16
  static let seeds: [[UInt8]] = [[0]]

  static func run(_ input: UnsafeRawBufferPointer) {
    precondition(!input.starts(with: "coal".utf8), "the canary fell from its perch")
  }
}
