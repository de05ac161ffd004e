#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "readers.h"
#include "stored.h"

// A COPY in binary form, in pieces of 64 KiB.
struct copy {
  PGconn *connection;
  uint8_t bytes[1 << 16];
  size_t size;
  long rows;
};

static void put_bytes(struct copy *copy, const void *bytes, size_t size) {
  if (copy->size + size > sizeof copy->bytes) {
    if (PQputCopyData(copy->connection, (char *)copy->bytes, (int)copy->size) != 1) exit(75);
    copy->size = 0;
  }
  memcpy(copy->bytes + copy->size, bytes, size);
  copy->size += size;
}

static void put_number(struct copy *copy, uint64_t value, int size) {
  uint8_t bytes[8];
  for (int i = 0; i < size; i++) bytes[i] = (uint8_t)(value >> 8 * (size - 1 - i));
  put_bytes(copy, bytes, (size_t)size);
}

static void put_text(struct copy *copy, const uint8_t *text, uint32_t size) {
  put_number(copy, size, 4);
  if (size != UINT32_MAX) put_bytes(copy, text, size);
}

static bool put_event(const struct event *event, void *context) {
  struct copy *copy = context;
  put_number(copy, 5, 2);
  put_number(copy, 8, 4);
  put_number(copy, (uint64_t)(event->time - 946684800000000), 8);
  put_text(copy, event->id, event->id_length);
  put_text(copy, event->topic, event->topic_length);
  put_text(copy, event->source, event->source_length);
  put_text(copy, event->payload, event->payload_length);
  copy->rows++;
  return true;
}

int settle_blocks(const char *conninfo) {
  static struct copy copy;
  PGconn *reader = connect_to(conninfo);
  copy.connection = connect_to(conninfo);
  must_command(copy.connection, "BEGIN");
  must_command(copy.connection,
               "CREATE TABLE blocks.settled (ts timestamptz NOT NULL, event_id text COLLATE \"C\" NOT NULL, "
               "topic text COLLATE \"C\" NOT NULL, source text NOT NULL, payload json)");
  must_command(copy.connection, "COMMIT");
  double start = milliseconds();
  PQclear(PQexec(copy.connection, "COPY blocks.settled FROM STDIN (FORMAT binary)"));
  put_bytes(&copy, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
  visit_all(reader, "SELECT raw, columns, dropped FROM blocks.blocks ORDER BY run, place", put_event, &copy);
  put_number(&copy, 0xFFFF, 2);
  PQputCopyData(copy.connection, (char *)copy.bytes, (int)copy.size);
  PQputCopyEnd(copy.connection, NULL);
  for (PGresult *result; (result = PQgetResult(copy.connection)); PQclear(result))
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
      fprintf(stderr, "blocks: %s", PQerrorMessage(copy.connection));
      return 70;
    }
  double spent = milliseconds() - start;
  double rate = (double)copy.rows / spent * 1e3;
  printf("{\"rows\": %ld, \"seconds\": %.4f, \"rate\": %.1f}\n", copy.rows, spent / 1e3, rate);
  return 0;
}

static bool put_row(const struct event *event, void *context) {
  FILE *file = context;
  fwrite(&event->time, 8, 1, file);
  fwrite(&event->payload_length, 4, 1, file);
  fwrite(&event->topic_length, 2, 1, file);
  fwrite(&event->id_length, 2, 1, file);
  fwrite(&event->source_length, 2, 1, file);
  fwrite(event->topic, 1, event->topic_length, file);
  fwrite(event->id, 1, event->id_length, file);
  fwrite(event->source, 1, event->source_length, file);
  if (event->payload_length != UINT32_MAX) fwrite(event->payload, 1, event->payload_length, file);
  return true;
}

int write_rows(const char *frames, const char *rows) {
  FILE *file = fopen(rows, "wb");
  if (!file) return 73;
  visit_frames(frames, put_row, file);
  printf("{}\n");
  return fclose(file) == 0 ? 0 : 74;
}
