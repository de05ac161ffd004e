#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The descriptors 0, 1 and 2, which a program that is started with `2>&-` does not have.
package enum StandardDescriptors {
  /// Occupies the descriptors that are closed. Otherwise the next file or socket that the program opens has such a number,
  /// and gets the messages and results of the program. To read from or to write to an occupied one is an error, as it is
  /// for a closed one.
  package static func occupy() {
    // A new file has the lowest number that is free.
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
    where fcntl(descriptor, F_GETFD) < 0 && errno == EBADF {
      _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }
}
