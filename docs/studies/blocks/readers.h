// What reads: the check of every event, the questions of readers, settling into rows, and rows for the floor.
#ifndef READERS_H
#define READERS_H

#include "batch.h"
#include "memory.h"

// Compares every stored event, the ledger and the sums with the batches of a file. Returns the exit status.
int verify_blocks(const char *conninfo, const char *frames);
// Prints the milliseconds of each question, in turn, as one line of JSON.
int ask_blocks(const char *conninfo, int rounds);
int ask_rows(const char *conninfo, int rounds);
// Copies every stored event into the table `settled`, whose columns are those of `events`.
int settle_blocks(const char *conninfo);
// Writes the events of a file of frames as a file of rows for the floor (Benchmarks/Sources/Floor/rows.c).
int write_rows(const char *frames, const char *rows);

#endif
