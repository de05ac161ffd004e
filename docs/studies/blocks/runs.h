// Runs of key hashes: their filters in memory, and their rows in the table `runs`.
#ifndef RUNS_H
#define RUNS_H

#include "memory.h"

// The highest 32 bits of the rank of a hash, as fences have them.
uint32_t rank32(struct hash hash);
size_t fence_count(size_t keys);
// Adds the keys of the runs after a position to the set of recent keys.
void load_recent(struct memory *memory, PGconn *connection, int64_t after);

#endif
