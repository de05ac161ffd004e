#include "rows.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROW_HEADER = 18, COPY_HEADER = 19, FIXED_ROW = 2 + 6 * 4 + 8 + 8 };

// Microseconds from 1970 to 2000, the epoch of Postgres.
static const int64_t POSTGRES_EPOCH = 946684800000000;
static const uint32_t NO_PAYLOAD = 0xFFFFFFFF;

// A row of the file: time and lengths, little-endian, then the texts.
struct row {
  int64_t time;
  uint32_t payload;
  uint16_t topic, id, source;
  const char *texts;
  size_t size;
};

static void fail(const char *what, const char *path) {
  fprintf(stderr, "floor: %s: ", path);
  perror(what);
  exit(1);
}

static struct row row_at(const char *bytes) {
  struct row row;
  memcpy(&row.time, bytes, 8);
  memcpy(&row.payload, bytes + 8, 4);
  memcpy(&row.topic, bytes + 12, 2);
  memcpy(&row.id, bytes + 14, 2);
  memcpy(&row.source, bytes + 16, 2);
  row.texts = bytes + ROW_HEADER;
  row.size = ROW_HEADER + row.topic + row.id + row.source;
  if (row.payload != NO_PAYLOAD) row.size += row.payload;
  return row;
}

static char *put16(char *to, uint16_t value) {
  value = __builtin_bswap16(value);
  memcpy(to, &value, 2);
  return to + 2;
}

static char *put32(char *to, uint32_t value) {
  value = __builtin_bswap32(value);
  memcpy(to, &value, 4);
  return to + 4;
}

static char *put64(char *to, int64_t value) {
  uint64_t swapped = __builtin_bswap64((uint64_t)value);
  memcpy(put32(to, 8), &swapped, 8);
  return to + 12;
}

static char *put_text(char *to, const char *text, uint32_t length) {
  memcpy(put32(to, length), text, length);
  return to + 4 + length;
}

// The columns of the product's staging table, in its order.
static char *put_row(char *to, const struct row *row, int64_t batch_id) {
  const char *id = row->texts + row->topic;
  const char *source = id + row->id;
  to = put16(to, 6);
  to = put64(to, batch_id);
  to = put_text(to, id, row->id);
  to = put_text(to, row->texts, row->topic);
  to = put64(to, row->time - POSTGRES_EPOCH);
  to = put_text(to, source, row->source);
  if (row->payload == NO_PAYLOAD) return put32(to, NO_PAYLOAD);
  return put_text(to, source + row->source, row->payload);
}

// https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format".
static char *put_copy_header(char *to) {
  static const char header[COPY_HEADER] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0";
  memcpy(to, header, COPY_HEADER);
  return to + COPY_HEADER;
}

static struct group encode(const char *rows, int events, size_t row_bytes, int64_t batch_id) {
  struct group group = {.events = events, .batch_id = batch_id};
  group.bytes = malloc(COPY_HEADER + row_bytes + (size_t)events * FIXED_ROW + 2);
  if (!group.bytes) abort();
  char *to = put_copy_header(group.bytes);
  for (int event = 0; event < events; event++) {
    struct row row = row_at(rows);
    to = put_row(to, &row, batch_id);
    rows += row.size;
  }
  to = put16(to, 0xFFFF);
  group.length = (size_t)(to - group.bytes);
  return group;
}

struct groups read_groups(const char *path, int group_events) {
  int file = open(path, O_RDONLY);
  struct stat status;
  if (file < 0 || fstat(file, &status) != 0) fail("cannot be read", path);
  const char *rows = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
  if (rows == MAP_FAILED) fail("cannot be mapped", path);
  const char *end = rows + status.st_size;
  const char *next = rows;

  struct groups groups = {0};
  int room = 0;
  while (next < end) {
    const char *start = next;
    int events = 0;
    while (next < end && events < group_events) {
      next += row_at(next).size;
      events++;
    }
    if (groups.count == room) {
      room = room ? 2 * room : 64;
      groups.all = realloc(groups.all, (size_t)room * sizeof *groups.all);
      if (!groups.all) abort();
    }
    // The number that the product gives to the first batch of a group.
    int64_t batch_id = (int64_t)(groups.count + 1) * 65536;
    groups.all[groups.count++] = encode(start, events, (size_t)(next - start), batch_id);
    groups.events += events;
  }
  munmap((void *)rows, (size_t)status.st_size);
  close(file);
  return groups;
}
