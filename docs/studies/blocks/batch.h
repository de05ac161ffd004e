// Batches as the ingest path has them: PUBLISH frames with LZ4 columns (spec/wire-protocol.md, 3 and 5).
#ifndef BATCH_H
#define BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A batch in a file of recorded frames.
struct batch {
  uint8_t producer[16];
  uint64_t sequence;
  const uint8_t *columns;  // as sent
  uint32_t size, raw;      // bytes as sent, and before compression
  bool compressed;
};

struct batches {
  struct batch *all;
  size_t count;
};

// Maps a file that record.py wrote. Ends the program with a message when the file cannot be read.
struct batches read_batches(const char *path);

// The columns of one batch after LZ4, and a cursor over its events.
struct columns {
  const uint8_t *bytes;
  uint32_t events, topics, sources, time_width;
  int64_t base_time;
  const uint8_t *topic_indices, *source_indices, *deltas, *id_lengths, *payload_lengths;
  const uint8_t *next_id, *next_payload;
  uint32_t position;
  // Start and length of each entry of the dictionaries.
  uint32_t *topic_starts, *source_starts;
  uint16_t *topic_lengths, *source_lengths;
  uint32_t room;
};

struct event {
  int64_t time;
  const uint8_t *id, *topic, *source, *payload;
  uint16_t id_length, topic_length, source_length, topic_index;
  uint32_t payload_length;  // UINT32_MAX for none
};

// Decompresses columns into `buffer`, which has room for `raw` bytes. False for bytes that are no LZ4 block.
bool decompress(const uint8_t *from, uint32_t size, uint8_t *buffer, uint32_t raw);
// Reads the layout. False when the parts do not add up to `raw`. `columns` is zeroed before its first use.
bool open_columns(struct columns *columns, const uint8_t *bytes, uint32_t raw);
// The next event; false after the last one, and for an index out of range.
bool next_event(struct columns *columns, struct event *event);

#endif
