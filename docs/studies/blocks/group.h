// Groups of batches: their keys, and the statements that store them.
#ifndef GROUP_H
#define GROUP_H

#include <stdatomic.h>
#include <stdio.h>

#include "writer.h"

enum { MOST_BATCHES = 64, MOST_EVENTS = 65536 };

// The shared state of one process.
struct process {
  struct write_settings settings;
  struct batches batches;
  size_t *queue, queued;
  atomic_size_t next;
  struct memory memory;
  FILE *acknowledgements;
  pthread_mutex_t writing;
  atomic_long received, unique, replays;
  atomic_bool finished;
};

// A group of batches with what is known about its events.
struct group {
  size_t numbers[MOST_BATCHES], count;
  int64_t min_ts[MOST_BATCHES], max_ts[MOST_BATCHES];
  uint32_t events[MOST_BATCHES], kept[MOST_BATCHES];
  struct hash *keys, *sorted, *scratch;
  uint8_t *decisions;
  size_t key_count, sorted_count;
};

struct writer {
  struct process *process;
  int number;
  PGconn *connection;
  struct group group;
  struct columns columns;
  struct parameters parameters;
  uint8_t *buffer;
  size_t buffer_size;
};

// Takes the next batches that fit into a group, and hashes their keys. False when none is left.
bool take_group(struct writer *writer);
// The sorted keys of the events to keep, and their number for each batch.
void sort_kept(struct group *group);
const struct batch *batch_of(const struct writer *writer, size_t place);
// Everything of the group but its commit. `begins` says whether to begin the transaction.
bool store(struct writer *writer, int64_t position, bool begins, char state[6]);
// Moves the head from the position before, and commits. False when another process moved it first.
bool commit(struct writer *writer, int64_t position, char state[6]);
long received_of(const struct group *group);

#endif
