extension Duration {
  /// Seconds, rounded to milliseconds.
  var seconds: Double { (milliseconds).rounded() / 1000 }

  /// Milliseconds with their fraction, rounded to microseconds.
  var milliseconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) * 1000 + (Double(attoseconds) / 1e12).rounded() / 1000
  }
}
