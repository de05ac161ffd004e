#include "runs.h"

#include <stdlib.h>
#include <string.h>

enum { FAN_IN = 16 };

uint32_t rank32(struct hash hash) {
  return (uint32_t)((hash.high & ((1ull << 61) - 1)) >> 29);
}

size_t fence_count(size_t keys) {
  return (keys + FENCE - 1) / FENCE;
}

static struct run make_run(int64_t first, int64_t last, int level, const struct hash *keys, size_t count) {
  struct run run = {.first = first, .last = last, .level = level, .count = (uint32_t)count};
  filter_make(&run.filter, count);
  run.fences = malloc((fence_count(count) + 1) * sizeof(uint32_t));
  for (size_t i = 0; i < count; i++) {
    filter_add(&run.filter, keys[i]);
    if (i % FENCE == 0) run.fences[i / FENCE] = rank32(keys[i]);
  }
  return run;
}

static void free_run(struct run *run) {
  free(run->filter.words);
  free(run->fences);
}

static void append_run(struct memory *memory, struct run run) {
  if (memory->run_count == memory->run_room) {
    memory->run_room = memory->run_room ? 2 * memory->run_room : 64;
    memory->runs = realloc(memory->runs, memory->run_room * sizeof *memory->runs);
  }
  memory->runs[memory->run_count++] = run;
}

void memory_add_run(
    struct memory *memory, int64_t first, int64_t last, int level, const struct hash *keys, size_t count) {
  struct run run = make_run(first, last, level, keys, count);
  pthread_rwlock_wrlock(&memory->runs_lock);
  append_run(memory, run);
  pthread_rwlock_unlock(&memory->runs_lock);
}

static const char RUNS[] = "SELECT first, last, level, count, keys FROM blocks.runs WHERE last > $1 ORDER BY last";

void load_recent(struct memory *memory, PGconn *connection, int64_t after) {
  struct parameters p = {0};
  add_int(&p, after, 8);
  PGresult *found = must(connection, RUNS, &p);
  free(p.bytes[0]);
  for (int row = 0; row < PQntuples(found); row++) {
    const char *bytes = PQgetvalue(found, row, 4);
    for (int64_t i = 0; i < integer_at(found, row, 3); i++) {
      struct hash hash;
      memcpy(&hash, bytes + i * (int64_t)sizeof hash, sizeof hash);
      set_insert(&memory->current, hash);
    }
  }
  PQclear(found);
}

void memory_catch_up(struct memory *memory, PGconn *connection, int64_t position) {
  if (position > memory->committed) {
    struct parameters p = {0};
    add_int(&p, memory->committed, 8);
    PGresult *found = must(connection, RUNS, &p);
    free(p.bytes[0]);
    for (int row = 0; row < PQntuples(found); row++) {
      size_t count = (size_t)integer_at(found, row, 3);
      struct hash *keys = malloc(count * sizeof *keys + 1);
      memcpy(keys, PQgetvalue(found, row, 4), count * sizeof *keys);
      int64_t first = integer_at(found, row, 0), last = integer_at(found, row, 1);
      // A merged run may begin at a position that is known already; its keys are added again.
      memory_remember(memory, last, keys, count);
      memory_add_run(memory, first, last, (int)integer_at(found, row, 2), keys, count);
      free(keys);
    }
    PQclear(found);
  }
  memory->tail = memory->committed = position;
}

// Reads a run: from its filter and fences when it has them, otherwise from its keys.
static struct run read_run(const PGresult *row_of, int row) {
  int64_t first = integer_at(row_of, row, 0), last = integer_at(row_of, row, 1);
  int level = (int)integer_at(row_of, row, 2);
  size_t count = (size_t)integer_at(row_of, row, 3);
  const char *bytes = PQgetvalue(row_of, row, 4);
  if (level == 0) {
    struct hash *keys = malloc(count * sizeof *keys + 1);
    memcpy(keys, bytes, count * sizeof *keys);
    struct run run = make_run(first, last, level, keys, count);
    free(keys);
    return run;
  }
  struct run run = {.first = first, .last = last, .level = level, .count = (uint32_t)count};
  filter_make(&run.filter, count);
  memcpy(run.filter.words, bytes, filter_bytes(count));
  run.fences = malloc((fence_count(count) + 1) * sizeof(uint32_t));
  memcpy(run.fences, bytes + filter_bytes(count), fence_count(count) * sizeof(uint32_t));
  return run;
}

void memory_refresh(struct memory *memory, PGconn *connection) {
  PGresult *found = must(
      connection,
      "SELECT first, last, level, count, CASE level WHEN 0 THEN keys ELSE filter END FROM blocks.runs ORDER BY last",
      NULL);
  int rows = PQntuples(found);
  int64_t newest = rows ? integer_at(found, rows - 1, 1) : 0;
  pthread_rwlock_wrlock(&memory->runs_lock);
  // Runs that this process committed after the snapshot of the query stay.
  size_t kept = 0;
  for (size_t i = 0; i < memory->run_count; i++) {
    if (memory->runs[i].last > newest) memory->runs[kept++] = memory->runs[i];
    else free_run(&memory->runs[i]);
  }
  memory->run_count = kept;
  for (int row = 0; row < rows; row++) append_run(memory, read_run(found, row));
  memory->refreshes++;
  pthread_rwlock_unlock(&memory->runs_lock);
  PQclear(found);
}

// Replaces the runs of first to last by their merged run.
static void replace(struct memory *memory, struct run merged) {
  pthread_rwlock_wrlock(&memory->runs_lock);
  size_t kept = 0;
  for (size_t i = 0; i < memory->run_count; i++) {
    struct run *run = &memory->runs[i];
    if (run->first >= merged.first && run->last <= merged.last) free_run(run);
    else memory->runs[kept++] = *run;
  }
  memory->run_count = kept;
  append_run(memory, merged);
  memory->merges++;
  pthread_rwlock_unlock(&memory->runs_lock);
}

// The first of FAN_IN neighbouring runs of one level; -1 when there are none.
static int mergeable(const PGresult *runs) {
  int neighbours = 1;
  for (int row = 1; row < PQntuples(runs); row++) {
    bool same = integer_at(runs, row, 2) == integer_at(runs, row - 1, 2);
    neighbours = same ? neighbours + 1 : 1;
    if (neighbours == FAN_IN) return row - FAN_IN + 1;
  }
  return -1;
}

static void insert_merged(PGconn *connection, const struct run *run, const struct hash *keys) {
  struct parameters p = {0};
  add_int(&p, run->first, 8);
  add_int(&p, run->last, 8);
  add_int(&p, run->level, 4);
  add_int(&p, run->count, 4);
  add_bytes(&p, keys, run->count * sizeof *keys);
  size_t words = filter_bytes(run->count), fences = fence_count(run->count) * sizeof(uint32_t);
  char *filter = malloc(words + fences);
  memcpy(filter, run->filter.words, words);
  memcpy(filter + words, run->fences, fences);
  add_bytes(&p, filter, words + fences);
  PQclear(must(connection, "INSERT INTO blocks.runs VALUES ($1, $2, $3, $4, $5, $6)", &p));
  free(filter);
  for (int i = 0; i < p.count; i++) free(p.bytes[i]);
}

bool memory_merge(struct memory *memory, PGconn *connection) {
  PGresult *list = must(connection, "SELECT first, last, level FROM blocks.runs ORDER BY last", NULL);
  int start = mergeable(list);
  if (start < 0) {
    PQclear(list);
    return false;
  }
  int64_t first = integer_at(list, start, 0), last = integer_at(list, start + FAN_IN - 1, 1);
  int level = (int)integer_at(list, start, 2) + 1;
  PQclear(list);
  struct parameters p = {0};
  add_int(&p, first, 8);
  add_int(&p, last, 8);
  must_command(connection, "BEGIN");
  PGresult *found = must(
      connection,
      "SELECT keys FROM blocks.runs WHERE first >= $1 AND last <= $2 ORDER BY last FOR UPDATE SKIP LOCKED", &p);
  size_t count = 0;
  for (int row = 0; row < PQntuples(found); row++) count += (size_t)PQgetlength(found, row, 0) / sizeof(struct hash);
  bool isDone = PQntuples(found) == FAN_IN;
  if (isDone) {
    struct hash *keys = malloc(count * sizeof *keys + 1), *scratch = malloc(count * sizeof *keys + 1);
    char *to = (char *)keys;
    for (int row = 0; row < FAN_IN; row++) {
      memcpy(to, PQgetvalue(found, row, 0), (size_t)PQgetlength(found, row, 0));
      to += PQgetlength(found, row, 0);
    }
    sort_hashes(keys, count, scratch);
    struct run merged = make_run(first, last, level, keys, count);
    PQclear(must(connection, "DELETE FROM blocks.runs WHERE first >= $1 AND last <= $2", &p));
    insert_merged(connection, &merged, keys);
    must_command(connection, "COMMIT");
    replace(memory, merged);
    free(keys);
    free(scratch);
  } else {
    must_command(connection, "ROLLBACK");
  }
  PQclear(found);
  for (int i = 0; i < p.count; i++) free(p.bytes[i]);
  return isDone;
}
