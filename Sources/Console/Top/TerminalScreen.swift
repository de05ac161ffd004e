import Foundation

/// The whole screen of a terminal, for a program that draws on it. Belongs to one task.
///
/// The terminal gets its alternate screen, no cursor, and input without echo and without waiting for a line. `leave`
/// restores everything.
final class TerminalScreen {
  private let output: CommandOutput
  private var saved: termios?
  private var isEntered = false

  init(_ output: CommandOutput) {
    self.output = output
  }

  /// Takes the screen.
  func enter() throws(CommandFailure) {
    var attributes = termios()
    if tcgetattr(STDIN_FILENO, &attributes) == 0 {
      saved = attributes
      // Ctrl-C still makes a signal.
      attributes.c_lflag &= ~tcflag_t(ICANON | ECHO)
      tcsetattr(STDIN_FILENO, TCSANOW, &attributes)
    }
    isEntered = true
    try output.write("\u{1B}[?1049h\u{1B}[?25l")
  }

  /// Restores the terminal. A second call has no effect.
  func leave() {
    guard isEntered else { return }
    isEntered = false
    if var saved { tcsetattr(STDIN_FILENO, TCSANOW, &saved) }
    // A terminal that is gone needs nothing.
    try? output.write("\u{1B}[?25h\u{1B}[?1049l")
  }

  /// The columns and rows now; 80 by 24 when the terminal does not say.
  var size: (width: Int, height: Int) {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
      return (80, 24)
    }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  /// Draws lines over the former ones, without a moment at which the screen is empty.
  func draw(_ lines: [ScreenLine]) throws(CommandFailure) {
    let text = lines.map { $0.painted(output.paint) + "\u{1B}[K" }.joined(separator: "\r\n")
    try output.write("\u{1B}[H\(text)\u{1B}[J")
  }
}
