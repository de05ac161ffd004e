import Base
import Foundation

/// Ends the process when the reader of standard output goes, also while there is nothing to write. So `sluice tail |
/// head` ends with `head`, and not with the next event.
enum ReaderWatch {
  /// Starts to watch. Without a pipe or a socket nothing ever happens.
  static func start() {
    // Without the thread the command ends with its next write.
    _ = DetachedThread.start {
      // No event is asked for, so poll(2) returns for an error or a hang-up alone.
      var entry = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
      while poll(&entry, 1, -1) < 0 && errno == EINTR {}
      if entry.revents & Int16(POLLERR | POLLHUP) != 0 { exit(ConsoleExitStatus.done.rawValue) }
    }
  }
}
