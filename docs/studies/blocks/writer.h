// Writers: groups of batches into blocks, runs and the ledger.
#ifndef WRITER_H
#define WRITER_H

#include "batch.h"
#include "memory.h"

struct write_settings {
  const char *conninfo, *frames, *acknowledgements;
  int writers, part, parts;
  size_t group, keys, replayed;
  bool merges;
};

// Writes the batches of a file that `acknowledgements` does not name, and prints one line of JSON.
int write_blocks(struct write_settings settings);

#endif
