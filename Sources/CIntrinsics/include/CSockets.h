#pragma once
// Socket calls that the Glibc module map leaves out, or whose types differ between Linux and Darwin.
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#if defined(__linux__)
// Declared under _GNU_SOURCE only, which a module's importer can not set; see accept4(2).
extern int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);
#endif

/// Makes a descriptor non-blocking and closed on exec. 0, or -1 with errno.
static inline int sluice_set_nonblocking(int descriptor) {
  int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) < 0) return -1;
  return fcntl(descriptor, F_SETFD, FD_CLOEXEC) < 0 ? -1 : 0;
}

#if !defined(__linux__)
static inline int sluice_nonblocking_or_close(int descriptor) {
  if (descriptor < 0 || sluice_set_nonblocking(descriptor) == 0) return descriptor;
  int code = errno;
  close(descriptor);
  errno = code;
  return -1;
}
#endif

/// A new stream socket of `family`, non-blocking and closed on exec. -1 with errno.
static inline int sluice_stream_socket(int family) {
#if defined(__linux__)
  return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
#else
  return sluice_nonblocking_or_close(socket(family, SOCK_STREAM, 0));
#endif
}

/// The next connection waiting at a listening socket, non-blocking and closed on exec. -1 with errno.
static inline int sluice_accept(int listener, struct sockaddr *address, socklen_t *length) {
#if defined(__linux__)
  return accept4(listener, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
#else
  return sluice_nonblocking_or_close(accept(listener, address, length));
#endif
}

/// Sends `count` vectors in one call, never raising SIGPIPE (on Darwin the socket needs SO_NOSIGPIPE as
/// well). The number of bytes taken, or -1 with errno.
static inline ssize_t sluice_send_vectors(int descriptor, const struct iovec *vectors, int count) {
  struct msghdr message = {0};
  message.msg_iov = (struct iovec *)vectors;
  message.msg_iovlen = count;
#if defined(MSG_NOSIGNAL)
  return sendmsg(descriptor, &message, MSG_NOSIGNAL);
#else
  return sendmsg(descriptor, &message, 0);
#endif
}
