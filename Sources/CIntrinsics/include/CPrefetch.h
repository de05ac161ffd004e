#pragma once
// Asks the processor to fetch memory that will be read soon. Never fails, whatever the address; Swift has no
// name for it.
#include <stdint.h>

/// Fetches what lies around `address` and 64 bytes behind it, mostly two lines of the cache.
static inline void sluice_prefetch(const void *address) {
  __builtin_prefetch(address, 0, 3);
  __builtin_prefetch((const void *)((uintptr_t)address + 64), 0, 3);
}
