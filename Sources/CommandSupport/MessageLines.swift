internal import Base
internal import Synchronization

/// Lines for people on standard error, and a line of progress that the next line replaces.
///
/// Messages have names and texts of others: of files, producers and servers. They are shown without control sequences of
/// terminals.
package final class MessageLines: Sendable {
  private static let erase = "\r\u{1B}[K"

  private let write: @Sendable (String) -> Void
  /// Whether the last line of the terminal is a line of progress.
  private let hasProgress = Mutex(false)

  /// - Parameter write: Writes text to standard error.
  package init(write: @escaping @Sendable (String) -> Void) {
    self.write = write
  }

  /// Writes a line in the place of the progress.
  package func tell(_ text: String) {
    hasProgress.withLock { hasProgress in
      write((hasProgress ? Self.erase : "") + VisibleText.shown(text) + "\n")
      hasProgress = false
    }
  }

  /// Shows progress in a line that the next line replaces. Only a terminal shows such a line.
  package func show(_ progress: String) {
    hasProgress.withLock { hasProgress in
      write("\r\(VisibleText.shown(progress))\u{1B}[K")
      hasProgress = true
    }
  }

  /// Removes the progress.
  package func clear() {
    hasProgress.withLock { hasProgress in
      if hasProgress { write(Self.erase) }
      hasProgress = false
    }
  }

  /// Keeps the progress as a line.
  package func keep() {
    hasProgress.withLock { hasProgress in
      write("\n")
      hasProgress = false
    }
  }
}
