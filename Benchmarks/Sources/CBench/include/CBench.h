#ifndef CBENCH_H
#define CBENCH_H

#include <stdint.h>

#ifdef __linux__
#include <sys/epoll.h>
#endif

/// Allocations by the calling thread: calls of malloc, calloc, realloc and the aligned variants.
uint64_t allocations_of_this_thread(void);

#endif
