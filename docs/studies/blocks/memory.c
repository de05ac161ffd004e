#include "memory.h"

#include <stdlib.h>
#include <string.h>

#include "runs.h"

enum { AHEAD = 8 };

void memory_remember(struct memory *memory, int64_t position, const struct hash *keys, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (memory->current.count == memory->capacity) {
      struct set retired = memory->previous;
      memory->previous = memory->current;
      set_clear(&retired);
      memory->current = retired;
      memory->covered = memory->current_first;
      // Some keys of this position are in the older set, so only later positions are in `current` alone.
      memory->current_first = position + 1;
    }
    if (i + AHEAD < count) set_prefetch(&memory->current, keys[i + AHEAD]);
    set_insert(&memory->current, keys[i]);
  }
}

void memory_decide(struct memory *memory, int writer, const struct hash *keys, size_t count, uint8_t *decisions) {
  struct pass *own = &memory->passes[writer];
  if (own->keys.capacity < count) {
    if (own->keys.slots) set_free(&own->keys);
    set_make(&own->keys, count);
  }
  set_clear(&own->keys);
  for (size_t i = 0; i < count; i++) {
    if (i + AHEAD < count) {
      set_prefetch(&memory->current, keys[i + AHEAD]);
      set_prefetch(&memory->previous, keys[i + AHEAD]);
    }
    decisions[i] = KEEP;
    if (set_contains(&memory->current, keys[i]) || set_contains(&memory->previous, keys[i])) {
      decisions[i] = STORED;
      continue;
    }
    for (int other = 0; other < MOST_WRITERS; other++)
      if (other != writer && memory->passes[other].keys.count && set_contains(&memory->passes[other].keys, keys[i]))
        decisions[i] = AWAITED;
    if (decisions[i] == KEEP && !set_insert(&own->keys, keys[i])) decisions[i] = REPEATED;
  }
}

// A key that a filter has, and the part of the run that would have it.
struct question {
  size_t event;
  int64_t first, last;
  uint32_t start, end;
};

static struct question question_of(const struct run *run, size_t event, struct hash key) {
  uint32_t rank = rank32(key);
  size_t low = 0, high = fence_count(run->count), blocks = high;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (run->fences[middle] < rank) low = middle + 1;
    else high = middle;
  }
  size_t begin = low ? low - 1 : 0, end = low;
  while (end < blocks && run->fences[end] <= rank) end++;
  if (end == begin) end++;
  uint32_t start = (uint32_t)(begin * FENCE), last = (uint32_t)(end * FENCE);
  if (last > run->count) last = run->count;
  return (struct question){event, run->first, run->last, start, last};
}

static struct hash hash_at(const char *bytes, size_t index) {
  struct hash hash;
  memcpy(&hash, bytes + index * sizeof hash, sizeof hash);
  return hash;
}

static bool has_key(const char *bytes, size_t count, struct hash key) {
  size_t low = 0, high = count;
  while (low < high) {
    size_t middle = (low + high) / 2;
    int order = hash_order(hash_at(bytes, middle), key);
    if (order == 0) return true;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return false;
}

// Reads the parts of the runs. False when a run is gone, because somebody merged it.
static bool ask(
    PGconn *connection, const struct question *questions, size_t count, const struct hash *keys, uint8_t *decisions) {
  struct parameters p = {0};
  begin_array(&p, INT8, count);
  for (size_t i = 0; i < count; i++) array_int(&p, questions[i].last, 8);
  begin_array(&p, INT8, count);
  for (size_t i = 0; i < count; i++) array_int(&p, questions[i].first, 8);
  begin_array(&p, INT4, count);
  for (size_t i = 0; i < count; i++) array_int(&p, questions[i].start * 16 + 1, 4);
  begin_array(&p, INT4, count);
  for (size_t i = 0; i < count; i++) array_int(&p, (questions[i].end - questions[i].start) * 16, 4);
  PGresult *found = must(
      connection,
      "SELECT u.n::int4, substring(r.keys FROM u.start FOR u.size) FROM "
      "unnest($1::int8[], $2::int8[], $3::int4[], $4::int4[]) WITH ORDINALITY AS u(last, first, start, size, n) "
      "JOIN blocks.runs r ON r.last = u.last AND r.first = u.first", &p);
  for (int i = 0; i < p.count; i++) free(p.bytes[i]);
  int rows = PQntuples(found);
  for (int row = 0; row < rows; row++) {
    const struct question *question = &questions[integer_at(found, row, 0) - 1];
    size_t size = (size_t)PQgetlength(found, row, 1) / sizeof(struct hash);
    if (has_key(PQgetvalue(found, row, 1), size, keys[question->event])) decisions[question->event] = STORED;
  }
  PQclear(found);
  return (size_t)rows == count;
}

void memory_look_up(
    struct memory *memory, PGconn *connection, const struct hash *keys, size_t count, uint8_t *decisions) {
  struct question *questions = NULL;
  size_t room = 0;
  while (true) {
    size_t asked = 0;
    pthread_rwlock_rdlock(&memory->runs_lock);
    pthread_mutex_lock(&memory->lock);
    int64_t covered = memory->covered;
    pthread_mutex_unlock(&memory->lock);
    for (size_t r = 0; r < memory->run_count; r++) {
      const struct run *run = &memory->runs[r];
      if (run->first >= covered) continue;
      for (size_t i = 0; i < count; i++) {
        if (i + AHEAD < count && decisions[i + AHEAD] == KEEP) filter_prefetch(&run->filter, keys[i + AHEAD]);
        if (decisions[i] != KEEP || !filter_contains(&run->filter, keys[i])) continue;
        if (asked == room) {
          room = room ? 2 * room : 1024;
          questions = realloc(questions, room * sizeof *questions);
        }
        questions[asked++] = question_of(run, i, keys[i]);
      }
    }
    pthread_rwlock_unlock(&memory->runs_lock);
    __atomic_fetch_add(&memory->lookups, (long)asked, __ATOMIC_RELAXED);
    if (asked == 0 || ask(connection, questions, asked, keys, decisions)) break;
    memory_refresh(memory, connection);
  }
  free(questions);
}

void memory_make(struct memory *memory, PGconn *connection, size_t capacity) {
  memset(memory, 0, sizeof *memory);
  memory->capacity = capacity;
  pthread_mutex_init(&memory->lock, NULL);
  pthread_cond_init(&memory->moved, NULL);
  pthread_rwlockattr_t prefer;
  pthread_rwlockattr_init(&prefer);
  pthread_rwlockattr_setkind_np(&prefer, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
  pthread_rwlock_init(&memory->attempts, &prefer);
  pthread_rwlock_init(&memory->runs_lock, NULL);
  set_make(&memory->current, capacity);
  set_make(&memory->previous, capacity);
  must_command(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ");
  PGresult *head =
      must(connection, "SELECT position, first_point, second_point FROM blocks.head WHERE shard = 0", NULL);
  int64_t position = integer_at(head, 0, 0);
  memory->points = (struct points){(uint64_t)integer_at(head, 0, 1), (uint64_t)integer_at(head, 0, 2)};
  PQclear(head);
  memory_refresh(memory, connection);
  // The keys of the newest runs; the others are covered by filters.
  int64_t after = position;
  size_t sum = 0;
  for (size_t i = memory->run_count; i > 0 && sum + memory->runs[i - 1].count <= capacity; i--) {
    sum += memory->runs[i - 1].count;
    after = memory->runs[i - 1].first - 1;
  }
  memory->covered = memory->current_first = after + 1;
  load_recent(memory, connection, after);
  must_command(connection, "COMMIT");
  memory->tail = memory->committed = position;
}

size_t memory_bytes(const struct memory *memory) {
  size_t bytes = 0;
  for (size_t i = 0; i < memory->run_count; i++)
    bytes += memory->runs[i].filter.lines * 64 + fence_count(memory->runs[i].count) * 4;
  return bytes;
}
