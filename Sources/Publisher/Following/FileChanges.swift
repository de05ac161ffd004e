#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Changes in the directories of followed files, as inotify(7) of Linux reports them. Elsewhere, and for directories
/// that cannot be watched, only the time of a wait ends it.
struct FileChanges: ~Copyable {
  #if canImport(Glibc)
    private static let events = UInt32(IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE)

    private let descriptor: CInt
    private var watched: Set<String> = []

    /// - Parameter isPolling: whether no directory is watched.
    init(isPolling: Bool) {
      descriptor = isPolling ? -1 : inotify_init1(CInt(IN_NONBLOCK) | CInt(IN_CLOEXEC))
    }

    deinit {
      if descriptor >= 0 { close(descriptor) }
    }

    /// Watches further directories. A directory that cannot be watched is tried again with the next call.
    mutating func watch(_ directories: Set<String>) {
      for directory in directories.subtracting(watched)
      where descriptor >= 0 && inotify_add_watch(descriptor, directory, Self.events) >= 0 {
        watched.insert(directory)
      }
    }

    /// Waits until a watched directory changes, at most `milliseconds`. Blocks the thread.
    func wait(milliseconds: CInt) {
      var waited = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&waited, descriptor >= 0 ? 1 : 0, milliseconds) > 0 else { return }
      // What changed is found by looking at the files, so the contents of the reports are not needed.
      withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 8) { buffer in
        while read(descriptor, buffer.baseAddress, buffer.count) > 0 {}
      }
    }
  #else
    init(isPolling: Bool) {}

    mutating func watch(_ directories: Set<String>) {}

    func wait(milliseconds: CInt) {
      _ = poll(nil, 0, milliseconds)
    }
  #endif
}
