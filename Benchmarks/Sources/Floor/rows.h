// Events of a file of rows (`Bench events`), as ready-made binary COPY streams.
#ifndef FLOOR_ROWS_H
#define FLOOR_ROWS_H

#include <stddef.h>
#include <stdint.h>

// The events of one transaction: a complete binary COPY stream in memory.
struct group {
  char *bytes;
  size_t length;
  int events;
  int64_t batch_id;
};

struct groups {
  struct group *all;
  int count;
  long events;
};

// Reads all events and encodes them in groups of `group_events`. Ends the program with a message when the
// file cannot be read.
struct groups read_groups(const char *path, int group_events);

#endif
