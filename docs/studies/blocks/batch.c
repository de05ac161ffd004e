#include "batch.h"

#include <fcntl.h>
#include <lz4.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PRODUCER = 16, HEADER = 24, PREFIX = 12, FIXED = 40 };

static uint16_t get16(const uint8_t *from) {
  return (uint16_t)(from[0] | from[1] << 8);
}

static uint32_t get32(const uint8_t *from) {
  uint32_t value;
  memcpy(&value, from, 4);
  return value;
}

static uint64_t get64(const uint8_t *from) {
  uint64_t value;
  memcpy(&value, from, 8);
  return value;
}

struct batches read_batches(const char *path) {
  int file = open(path, O_RDONLY);
  struct stat status;
  if (file < 0 || fstat(file, &status) != 0) {
    fprintf(stderr, "blocks: cannot read %s\n", path);
    exit(66);
  }
  size_t size = (size_t)status.st_size;
  const uint8_t *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
  if (bytes == MAP_FAILED) abort();
  struct batches batches = {0};
  size_t room = 0;
  for (size_t place = 0; place + PRODUCER + HEADER + PREFIX <= size;) {
    const uint8_t *header = bytes + place + PRODUCER;
    uint32_t body = get32(header);
    if (batches.count == room) {
      room = room ? 2 * room : 1024;
      batches.all = realloc(batches.all, room * sizeof *batches.all);
      if (!batches.all) abort();
    }
    struct batch *batch = &batches.all[batches.count++];
    memcpy(batch->producer, bytes + place, PRODUCER);
    batch->sequence = get64(header + 8);
    batch->raw = get32(header + 16);
    batch->compressed = header[6] == 1;
    batch->columns = header + HEADER + PREFIX;
    batch->size = body - PREFIX;
    place += PRODUCER + HEADER + body;
  }
  close(file);
  return batches;
}

bool decompress(const uint8_t *from, uint32_t size, uint8_t *buffer, uint32_t raw) {
  return LZ4_decompress_safe((const char *)from, (char *)buffer, (int)size, (int)raw) == (int)raw;
}

static const uint8_t *dictionary(
    const uint8_t *lengths, uint32_t count, const uint8_t *bytes, uint32_t *starts, uint16_t *sizes) {
  uint32_t start = (uint32_t)(lengths + 2 * count - bytes);
  for (uint32_t i = 0; i < count; i++) {
    starts[i] = start;
    sizes[i] = get16(lengths + 2 * i);
    start += sizes[i];
  }
  return bytes + start;
}

bool open_columns(struct columns *c, const uint8_t *bytes, uint32_t raw) {
  if (raw < FIXED) return false;
  c->bytes = bytes;
  c->events = get32(bytes);
  c->topics = get32(bytes + 4);
  c->sources = get32(bytes + 8);
  c->time_width = bytes[28];
  c->base_time = (int64_t)get64(bytes + 32);
  c->position = 0;
  uint64_t sum = FIXED + 2ull * c->topics + get32(bytes + 12) + 2ull * c->sources + get32(bytes + 16) +
                 (uint64_t)c->events * (2 + 2 + c->time_width + 2 + 4) + get32(bytes + 20) + get32(bytes + 24);
  if (sum != raw) return false;
  uint32_t most = c->topics > c->sources ? c->topics : c->sources;
  if (most > c->room) {
    c->room = most + 64;
    c->topic_starts = realloc(c->topic_starts, c->room * sizeof(uint32_t));
    c->source_starts = realloc(c->source_starts, c->room * sizeof(uint32_t));
    c->topic_lengths = realloc(c->topic_lengths, c->room * sizeof(uint16_t));
    c->source_lengths = realloc(c->source_lengths, c->room * sizeof(uint16_t));
  }
  const uint8_t *next = dictionary(bytes + FIXED, c->topics, bytes, c->topic_starts, c->topic_lengths);
  next = dictionary(next, c->sources, bytes, c->source_starts, c->source_lengths);
  c->topic_indices = next;
  c->source_indices = c->topic_indices + 2 * c->events;
  c->deltas = c->source_indices + 2 * c->events;
  c->id_lengths = c->deltas + (size_t)c->time_width * c->events;
  c->next_id = c->id_lengths + 2 * c->events;
  c->payload_lengths = c->next_id + get32(bytes + 20);
  c->next_payload = c->payload_lengths + 4 * c->events;
  return true;
}

bool next_event(struct columns *c, struct event *event) {
  uint32_t place = c->position;
  if (place >= c->events) return false;
  uint16_t topic = get16(c->topic_indices + 2 * place), source = get16(c->source_indices + 2 * place);
  if (topic >= c->topics || source >= c->sources) return false;
  c->position++;
  event->topic_index = topic;
  event->topic = c->bytes + c->topic_starts[topic];
  event->topic_length = c->topic_lengths[topic];
  event->source = c->bytes + c->source_starts[source];
  event->source_length = c->source_lengths[source];
  event->time = c->base_time + (c->time_width == 8 ? (int64_t)get64(c->deltas + 8 * place)
                                                    : (int32_t)get32(c->deltas + 4 * place));
  event->id = c->next_id;
  event->id_length = get16(c->id_lengths + 2 * place);
  c->next_id += event->id_length;
  event->payload = c->next_payload;
  event->payload_length = get32(c->payload_lengths + 4 * place);
  if (event->payload_length != UINT32_MAX) c->next_payload += event->payload_length;
  return true;
}
