#include "stored.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static struct columns scratch_columns;
static uint8_t *scratch;
static size_t scratch_size;

bool visit_block(const PGresult *rows, int row, visitor visit, void *context) {
  uint32_t raw = (uint32_t)integer_at(rows, row, 0);
  const uint8_t *bytes = (const uint8_t *)PQgetvalue(rows, row, 1);
  uint32_t size = (uint32_t)PQgetlength(rows, row, 1);
  if (raw) {
    if (raw > scratch_size) scratch = realloc(scratch, scratch_size = raw);
    if (!decompress(bytes, size, scratch, raw)) exit(65);
    bytes = scratch;
  } else {
    raw = size;
  }
  if (!open_columns(&scratch_columns, bytes, raw)) exit(65);
  const uint8_t *dropped = PQgetisnull(rows, row, 2) ? NULL : (const uint8_t *)PQgetvalue(rows, row, 2);
  struct event event;
  while (next_event(&scratch_columns, &event)) {
    uint32_t place = scratch_columns.position - 1;
    if (dropped && dropped[place / 8] & 1 << place % 8) continue;
    if (!visit(&event, context)) return false;
  }
  return true;
}

void visit_all(PGconn *connection, const char *query, visitor visit, void *context) {
  char declare[512];
  snprintf(declare, sizeof declare, "DECLARE reading NO SCROLL CURSOR FOR %s", query);
  must_command(connection, "BEGIN");
  must_command(connection, declare);
  for (int rows = 1; rows > 0;) {
    PGresult *some = must(connection, "FETCH 64 FROM reading", NULL);
    rows = PQntuples(some);
    for (int row = 0; row < rows; row++) visit_block(some, row, visit, context);
    PQclear(some);
  }
  must_command(connection, "COMMIT");
}

void visit_frames(const char *frames, visitor visit, void *context) {
  struct batches batches = read_batches(frames);
  for (size_t i = 0; i < batches.count; i++) {
    const struct batch *batch = &batches.all[i];
    const uint8_t *bytes = batch->columns;
    if (batch->compressed) {
      if (batch->raw > scratch_size) scratch = realloc(scratch, scratch_size = batch->raw);
      if (!decompress(batch->columns, batch->size, scratch, batch->raw)) exit(65);
      bytes = scratch;
    }
    struct event event;
    if (!open_columns(&scratch_columns, bytes, batch->raw)) exit(65);
    while (next_event(&scratch_columns, &event)) visit(&event, context);
  }
}

double milliseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec * 1e-6;
}
