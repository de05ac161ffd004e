#include "group.h"

#include <stdlib.h>
#include <string.h>

static void hash_batch(struct writer *writer, size_t place) {
  struct group *group = &writer->group;
  const struct batch *batch = &writer->process->batches.all[group->numbers[place]];
  struct points points = writer->process->memory.points;
  if (batch->raw > writer->buffer_size) {
    writer->buffer_size = batch->raw;
    writer->buffer = realloc(writer->buffer, writer->buffer_size);
  }
  const uint8_t *bytes = batch->columns;
  if (batch->compressed) {
    if (!decompress(batch->columns, batch->size, writer->buffer, batch->raw)) exit(65);
    bytes = writer->buffer;
  }
  if (!open_columns(&writer->columns, bytes, batch->raw)) exit(65);
  struct hash topics[writer->columns.topics];
  for (uint32_t t = 0; t < writer->columns.topics; t++)
    topics[t] = hash_text(
        points, hash_start(), bytes + writer->columns.topic_starts[t], writer->columns.topic_lengths[t]);
  struct event event;
  group->min_ts[place] = INT64_MAX;
  group->max_ts[place] = INT64_MIN;
  while (next_event(&writer->columns, &event)) {
    if (event.time < group->min_ts[place]) group->min_ts[place] = event.time;
    if (event.time > group->max_ts[place]) group->max_ts[place] = event.time;
    group->keys[group->key_count++] =
        hash_end(hash_text(points, topics[event.topic_index], event.id, event.id_length));
  }
  group->events[place] = writer->columns.events;
}

bool take_group(struct writer *writer) {
  struct process *process = writer->process;
  struct group *group = &writer->group;
  group->count = group->key_count = 0;
  while (group->count < MOST_BATCHES && group->key_count < process->settings.group) {
    size_t place = atomic_fetch_add(&process->next, 1);
    if (place >= process->queued) break;
    group->numbers[group->count] = process->queue[place];
    hash_batch(writer, group->count++);
  }
  return group->count > 0;
}

void sort_kept(struct group *group) {
  group->sorted_count = 0;
  size_t event = 0;
  for (size_t place = 0; place < group->count; place++) {
    group->kept[place] = 0;
    for (uint32_t i = 0; i < group->events[place]; i++, event++) {
      if (group->decisions[event] != KEEP) continue;
      group->kept[place]++;
      group->sorted[group->sorted_count++] = group->keys[event];
    }
  }
  sort_hashes(group->sorted, group->sorted_count, group->scratch);
}

const struct batch *batch_of(const struct writer *writer, size_t place) {
  return &writer->process->batches.all[writer->group.numbers[place]];
}

static void add_claim(struct writer *writer, int64_t position) {
  static const char CLAIM[] =
      "WITH claimed AS (INSERT INTO blocks.ledger SELECT u.p, u.s, $1, u.r, u.k, u.r - u.k "
      "FROM unnest($2::uuid[], $3::int8[], $4::int4[], $5::int4[]) AS u(p, s, r, k) ORDER BY u.p, u.s "
      "ON CONFLICT DO NOTHING RETURNING 1) "
      "SELECT 1 / (CASE WHEN (SELECT count(*) FROM claimed) = cardinality($2::uuid[]) THEN 1 ELSE 0 END)";
  const struct group *group = &writer->group;
  struct parameters *p = &writer->parameters;
  clear_parameters(p);
  add_int(p, position, 8);
  begin_array(p, UUID, group->count);
  for (size_t i = 0; i < group->count; i++) array_item(p, batch_of(writer, i)->producer, 16);
  begin_array(p, INT8, group->count);
  for (size_t i = 0; i < group->count; i++) array_int(p, (int64_t)batch_of(writer, i)->sequence, 8);
  begin_array(p, INT4, group->count);
  for (size_t i = 0; i < group->count; i++) array_int(p, group->events[i], 4);
  begin_array(p, INT4, group->count);
  for (size_t i = 0; i < group->count; i++) array_int(p, group->kept[i], 4);
  pipeline_add(writer->connection, CLAIM, p);
}

static void add_blocks(struct writer *writer, int64_t position) {
  static const char INSERT[] =
      "INSERT INTO blocks.blocks SELECT $1, u.n - 1, u.raw, u.events, u.kept, u.low, u.high, u.columns, u.dropped "
      "FROM unnest($2::int4[], $3::int4[], $4::int4[], $5::int8[], $6::int8[], $7::bytea[], $8::bytea[]) "
      "WITH ORDINALITY AS u(raw, events, kept, low, high, columns, dropped, n) WHERE u.kept > 0";
  const struct group *group = &writer->group;
  struct parameters *p = &writer->parameters;
  clear_parameters(p);
  add_int(p, position, 8);
  begin_array(p, INT4, group->count);
  for (size_t i = 0; i < group->count; i++)
    array_int(p, batch_of(writer, i)->compressed ? batch_of(writer, i)->raw : 0, 4);
  begin_array(p, INT4, group->count);
  for (size_t i = 0; i < group->count; i++) array_int(p, group->events[i], 4);
  begin_array(p, INT4, group->count);
  for (size_t i = 0; i < group->count; i++) array_int(p, group->kept[i], 4);
  begin_array(p, INT8, group->count);
  for (size_t i = 0; i < group->count; i++) array_int(p, group->min_ts[i], 8);
  begin_array(p, INT8, group->count);
  for (size_t i = 0; i < group->count; i++) array_int(p, group->max_ts[i], 8);
  begin_array(p, BYTEA, group->count);
  for (size_t i = 0; i < group->count; i++) {
    // A batch of duplicates alone is in the ledger only.
    const struct batch *batch = batch_of(writer, i);
    array_item(p, group->kept[i] ? batch->columns : (const uint8_t *)"", group->kept[i] ? batch->size : 0);
  }
  begin_array(p, BYTEA, group->count);
  size_t event = 0;
  for (size_t i = 0; i < group->count; i++) {
    uint8_t dropped[MOST_EVENTS / 8 + 1] = {0};
    for (uint32_t e = 0; e < group->events[i]; e++, event++)
      if (group->decisions[event] != KEEP) dropped[e / 8] |= (uint8_t)(1 << e % 8);
    array_item(p, group->kept[i] < group->events[i] ? dropped : NULL, (group->events[i] + 7) / 8);
  }
  pipeline_add(writer->connection, INSERT, p);
}

static void add_run(struct writer *writer, int64_t position) {
  const struct group *group = &writer->group;
  struct parameters *p = &writer->parameters;
  clear_parameters(p);
  add_int(p, position, 8);
  add_int(p, (int64_t)group->sorted_count, 4);
  add_bytes(p, group->sorted, group->sorted_count * sizeof *group->sorted);
  pipeline_add(writer->connection, "INSERT INTO blocks.runs VALUES ($1, $1, 0, $2, $3)", p);
}

bool store(struct writer *writer, int64_t position, bool begins, char state[6]) {
  pipeline_begin(writer->connection);
  if (begins) pipeline_add(writer->connection, "BEGIN", NULL);
  add_claim(writer, position);
  add_blocks(writer, position);
  add_run(writer, position);
  return pipeline_end(writer->connection, begins ? 4 : 3, state);
}

long received_of(const struct group *group) {
  long sum = 0;
  for (size_t i = 0; i < group->count; i++) sum += group->events[i];
  return sum;
}

bool commit(struct writer *writer, int64_t position, char state[6]) {
  static const char MOVE[] =
      "WITH moved AS (UPDATE blocks.head SET position = $1::int8, received = received + $2::int8, "
      "unique_ = unique_ + $3::int8, duplicate = duplicate + $2::int8 - $3::int8 "
      "WHERE shard = 0 AND position = $1::int8 - 1 RETURNING 1) "
      "SELECT 1 / (SELECT count(*) FROM moved)";
  struct parameters *p = &writer->parameters;
  clear_parameters(p);
  add_int(p, position, 8);
  add_int(p, received_of(&writer->group), 8);
  add_int(p, (int64_t)writer->group.sorted_count, 8);
  pipeline_begin(writer->connection);
  pipeline_add(writer->connection, MOVE, p);
  pipeline_add(writer->connection, "COMMIT", NULL);
  return pipeline_end(writer->connection, 2, state);
}
