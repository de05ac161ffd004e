extension Duration {
  /// The duration in seconds, rounded to milliseconds.
  var seconds: Double { (milliseconds).rounded() / 1000 }

  /// The duration in milliseconds with a fraction, rounded to microseconds.
  var milliseconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) * 1000 + (Double(attoseconds) / 1e12).rounded() / 1000
  }
}
