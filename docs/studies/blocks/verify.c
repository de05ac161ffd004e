#include <stdio.h>
#include <stdlib.h>

#include "readers.h"
#include "stored.h"

// Keys in a growing array.
struct keys {
  struct points points;
  struct hash *all;
  size_t count, room;
};

static bool collect(const struct event *event, void *context) {
  struct keys *keys = context;
  if (keys->count == keys->room) {
    keys->room = keys->room ? 2 * keys->room : 1 << 20;
    keys->all = realloc(keys->all, keys->room * sizeof *keys->all);
  }
  struct hash topic = hash_text(keys->points, hash_start(), event->topic, event->topic_length);
  keys->all[keys->count++] = hash_end(hash_text(keys->points, topic, event->id, event->id_length));
  return true;
}

static void sort_keys(struct keys *keys) {
  struct hash *room = malloc(keys->count * sizeof *room + 1);
  sort_hashes(keys->all, keys->count, room);
  free(room);
}

static size_t distinct(struct keys *keys) {
  size_t kept = 0;
  for (size_t i = 0; i < keys->count; i++)
    if (i == 0 || hash_order(keys->all[i], keys->all[i - 1]) != 0) kept++;
  return kept;
}

static struct keys sent_keys(const char *frames, struct points points, size_t *events) {
  struct keys keys = {.points = points};
  visit_frames(frames, collect, &keys);
  *events = keys.count;
  sort_keys(&keys);
  return keys;
}

int verify_blocks(const char *conninfo, const char *frames) {
  // Other points than those of the writers, so that a wrong hash of theirs is found.
  struct points points = {1234567890123456789ull, 987654321098765432ull};
  size_t events;
  struct keys sent = sent_keys(frames, points, &events), stored = {.points = points};
  PGconn *connection = connect_to(conninfo);
  visit_all(connection, "SELECT raw, columns, dropped FROM blocks.blocks", collect, &stored);
  sort_keys(&stored);
  size_t expected = distinct(&sent), found = distinct(&stored), shared = 0;
  for (size_t s = 0, t = 0; s < sent.count && t < stored.count;) {
    int order = hash_order(sent.all[s], stored.all[t]);
    if (order == 0) shared++, t++;
    if (order <= 0) {
      struct hash same = sent.all[s];
      while (s < sent.count && hash_order(sent.all[s], same) == 0) s++;
    } else {
      t++;
    }
  }
  PGresult *sums = must(
      connection,
      "SELECT sum(received)::int8, sum(unique_)::int8, (SELECT received FROM blocks.head), "
      "(SELECT unique_ FROM blocks.head), (SELECT sum(kept)::int8 FROM blocks.blocks), "
      "(SELECT sum(count)::int8 FROM blocks.runs), (SELECT position FROM blocks.head), "
      "(SELECT sum(last - first + 1)::int8 FROM blocks.runs) FROM blocks.ledger", NULL);
  int64_t values[8];
  for (int i = 0; i < 8; i++) values[i] = integer_at(sums, 0, i);
  int64_t unique = (int64_t)expected;
  bool isExact = stored.count == expected && found == expected && shared == expected && values[0] == (int64_t)events &&
                 values[1] == unique && values[2] == (int64_t)events && values[3] == unique && values[4] == unique &&
                 values[5] == unique && values[6] == values[7];
  printf("{\"exact\": %s, \"events\": %zu, \"expected\": %zu, \"stored\": %zu, \"distinct\": %zu, \"ledger\": %ld}\n",
         isExact ? "true" : "false", events, expected, stored.count, found, (long)values[1]);
  return isExact ? 0 : 1;
}
