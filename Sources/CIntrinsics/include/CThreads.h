#pragma once
// The name of a thread, for debuggers and /proc. The headers of Linux declare the function for GNU sources only.
#if defined(__linux__)
#include <sys/prctl.h>

/// Names the calling thread. Linux keeps 15 bytes (prctl(2), PR_SET_NAME).
static inline void sluice_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0L, 0L, 0L); }

#else
#include <pthread.h>

/// Names the calling thread.
static inline void sluice_name_thread(const char *name) { pthread_setname_np(name); }
#endif
