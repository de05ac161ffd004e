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
#include <sys/epoll.h>

// Declared under _GNU_SOURCE only, which a module's importer cannot set; see accept4(2).
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

#if defined(__linux__)
/// A descriptor that is ready, as `sluice_epoll_wait` reports it.
typedef struct {
  /// The token that was given to `sluice_epoll_watch`.
  unsigned long long token;
  /// Set also when the connection has ended or failed, so that the next call on the descriptor tells why.
  int readable, writable;
} sluice_readiness;

/// A new epoll instance, closed on exec (epoll_create1(2)). -1 with errno.
static inline int sluice_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

/// Changes the conditions that `epoll` watches `descriptor` for (epoll_ctl(2)). 0, or -1 with errno.
/// - was_watched: whether any condition was watched before. Neither condition ends the watch.
static inline int sluice_epoll_watch(int epoll, int descriptor, unsigned long long token, int was_watched,
                                     int readable, int writable) {
  struct epoll_event event = {0};
  event.events = (readable ? EPOLLIN : 0) | (writable ? EPOLLOUT : 0);
  event.data.u64 = token;
  int operation = !was_watched ? EPOLL_CTL_ADD : event.events ? EPOLL_CTL_MOD : EPOLL_CTL_DEL;
  return epoll_ctl(epoll, operation, descriptor, &event);
}

/// Most descriptors that one call of `sluice_epoll_wait` reports.
enum { sluice_epoll_batch = 64 };

/// Reports the descriptors that are ready now, at most `sluice_epoll_batch`, without waiting (epoll_wait(2)).
/// Their number; 0 also when a signal interrupted the call.
static inline int sluice_epoll_wait(int epoll, sluice_readiness *ready) {
  struct epoll_event events[sluice_epoll_batch];
  int count = epoll_wait(epoll, events, sluice_epoll_batch, 0);
  for (int index = 0; index < count; index++) {
    int ended = (events[index].events & (EPOLLHUP | EPOLLERR)) != 0;
    ready[index].token = events[index].data.u64;
    ready[index].readable = ended || (events[index].events & EPOLLIN) != 0;
    ready[index].writable = ended || (events[index].events & EPOLLOUT) != 0;
  }
  return count < 0 ? 0 : count;
}
#endif
