// What the writers of one process know: recent keys, filters of older runs, and the groups that are being committed.
#ifndef MEMORY_H
#define MEMORY_H

#include <pthread.h>

#include "database.h"
#include "keys.h"

enum { MOST_WRITERS = 16, FENCE = 128 };

// A run of key hashes in the table `runs`, without its keys.
struct run {
  int64_t first, last;
  int level;
  uint32_t count;
  struct filter filter;
  // The highest 32 bits of the rank of each 128th key, so that a lookup reads about 128 keys.
  uint32_t *fences;
};

// One writer's attempt to commit a group.
struct pass {
  struct set keys;
  int64_t position;
};

struct memory {
  struct points points;
  size_t capacity;

  // Guards everything up to `broken`.
  pthread_mutex_t lock;
  pthread_cond_t moved;
  struct set current, previous;
  // All keys of the positions from here on are in the two sets, or in `current` alone.
  int64_t covered, current_first;
  struct pass passes[MOST_WRITERS];
  // The newest position that an attempt of this process has taken, and that one of them has committed.
  int64_t tail, committed;
  // An attempt failed, so the later ones fail, too, until a writer has the memory to itself.
  bool broken;

  // Held for reading by attempts that follow each other, for writing by an attempt alone.
  pthread_rwlock_t attempts;

  pthread_rwlock_t runs_lock;
  struct run *runs;
  size_t run_count, run_room;
  // Figures of the report.
  long lookups, alone, refreshes, merges;
};

// The answer about one event.
enum decision { KEEP, REPEATED, STORED, AWAITED };

void memory_make(struct memory *memory, PGconn *connection, size_t capacity);
// Decides about the keys of a group by the sets alone. Keys to keep are in the writer's pass afterwards. Under `lock`.
void memory_decide(struct memory *memory, int writer, const struct hash *keys, size_t count, uint8_t *decisions);
// Decides about the keys to keep by filters, and where a filter has the key by the run.
void memory_look_up(
    struct memory *memory, PGconn *connection, const struct hash *keys, size_t count, uint8_t *decisions);
// Adds the sorted keys of a committed position. Under `lock`.
void memory_remember(struct memory *memory, int64_t position, const struct hash *keys, size_t count);
// Adds a run to the list. Takes `runs_lock`.
void memory_add_run(
    struct memory *memory, int64_t first, int64_t last, int level, const struct hash *keys, size_t count);
// Learns the keys of positions that others committed, up to `position`. Alone, or under `lock`.
void memory_catch_up(struct memory *memory, PGconn *connection, int64_t position);
// Reads the list of runs again, because others merged some.
void memory_refresh(struct memory *memory, PGconn *connection);
// Merges neighbouring runs of one level. Returns whether there were enough of them.
bool memory_merge(struct memory *memory, PGconn *connection);

size_t memory_bytes(const struct memory *memory);

#endif
