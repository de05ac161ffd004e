#include "database.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *room_for(struct parameters *p, int index, size_t more) {
  size_t needed = (size_t)p->lengths[index] + more;
  if (needed > p->rooms[index]) {
    p->rooms[index] = needed * 2 + 64;
    p->bytes[index] = realloc(p->bytes[index], p->rooms[index]);
    if (!p->bytes[index]) abort();
  }
  char *place = p->bytes[index] + p->lengths[index];
  p->lengths[index] += (int)more;
  return place;
}

static void put(char *to, int64_t value, int size) {
  for (int i = 0; i < size; i++) to[i] = (char)(value >> 8 * (size - 1 - i));
}

void clear_parameters(struct parameters *p) {
  p->count = 0;
}

static int begin(struct parameters *p) {
  if (p->count == MOST_PARAMETERS) abort();
  p->lengths[p->count] = 0;
  p->formats[p->count] = 1;
  return p->count++;
}

void add_int(struct parameters *p, int64_t value, int size) {
  int index = begin(p);
  put(room_for(p, index, (size_t)size), value, size);
}

void add_bytes(struct parameters *p, const void *bytes, size_t size) {
  int index = begin(p);
  memcpy(room_for(p, index, size), bytes, size);
}

void begin_array(struct parameters *p, uint32_t type, size_t count) {
  char *to = room_for(p, begin(p), 20);
  put(to, 1, 4);
  put(to + 4, 1, 4);
  put(to + 8, type, 4);
  put(to + 12, (int64_t)count, 4);
  put(to + 16, 1, 4);
}

void array_item(struct parameters *p, const void *bytes, size_t size) {
  int index = p->count - 1;
  put(room_for(p, index, 4), bytes ? (int64_t)size : -1, 4);
  if (bytes) memcpy(room_for(p, index, size), bytes, size);
}

void array_int(struct parameters *p, int64_t value, int size) {
  char *to = room_for(p, p->count - 1, 4 + (size_t)size);
  put(to, size, 4);
  put(to + 4, value, size);
}

PGconn *connect_to(const char *conninfo) {
  PGconn *connection = PQconnectdb(conninfo);
  if (PQstatus(connection) != CONNECTION_OK) {
    fprintf(stderr, "blocks: %s", PQerrorMessage(connection));
    exit(75);
  }
  return connection;
}

static bool succeeded(PGconn *connection, const PGresult *result, char state[6]) {
  ExecStatusType status = PQresultStatus(result);
  if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_COPY_IN) return true;
  const char *code = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
  // 57P0x: Postgres ends. Without a code the connection is lost. The outcome of a COMMIT is then unknown.
  if (status != PGRES_PIPELINE_ABORTED && (!code || strncmp(code, "57P", 3) == 0 || strncmp(code, "08", 2) == 0)) {
    fprintf(stderr, "blocks: connection lost: %s", PQerrorMessage(connection));
    exit(75);
  }
  if (code) snprintf(state, 6, "%s", code);
  return false;
}

PGresult *run(PGconn *connection, const char *sql, const struct parameters *p, char state[6]) {
  static const struct parameters none;
  if (!p) p = &none;
  PGresult *result = PQexecParams(
      connection, sql, p->count, NULL, (const char *const *)p->bytes, p->lengths, p->formats, 1);
  if (succeeded(connection, result, state)) return result;
  PQclear(result);
  return NULL;
}

PGresult *must(PGconn *connection, const char *sql, const struct parameters *p) {
  char state[6] = "";
  PGresult *result = run(connection, sql, p, state);
  if (result) return result;
  fprintf(stderr, "blocks: %.80s: %s", sql, PQerrorMessage(connection));
  exit(70);
}

void must_command(PGconn *connection, const char *sql) {
  PQclear(must(connection, sql, NULL));
}

int64_t integer_at(const PGresult *result, int row, int column) {
  const unsigned char *bytes = (const unsigned char *)PQgetvalue(result, row, column);
  int length = PQgetlength(result, row, column);
  uint64_t value = 0;
  for (int i = 0; i < length; i++) value = value << 8 | bytes[i];
  return length == 4 ? (int32_t)value : length == 2 ? (int16_t)value : (int64_t)value;
}

void pipeline_begin(PGconn *connection) {
  if (!PQenterPipelineMode(connection)) abort();
}

void pipeline_add(PGconn *connection, const char *sql, const struct parameters *p) {
  static const struct parameters none;
  if (!p) p = &none;
  if (!PQsendQueryParams(
          connection, sql, p->count, NULL, (const char *const *)p->bytes, p->lengths, p->formats, 1)) {
    fprintf(stderr, "blocks: %s", PQerrorMessage(connection));
    exit(75);
  }
}

bool pipeline_end(PGconn *connection, int count, char state[6]) {
  if (!PQpipelineSync(connection)) {
    fprintf(stderr, "blocks: %s", PQerrorMessage(connection));
    exit(75);
  }
  bool all = true;
  for (int i = 0; i < count; i++) {
    PGresult *result = PQgetResult(connection);
    if (!succeeded(connection, result, state)) all = false;
    PQclear(result);
    while ((result = PQgetResult(connection))) PQclear(result);
  }
  PGresult *sync = PQgetResult(connection);
  if (PQresultStatus(sync) != PGRES_PIPELINE_SYNC) exit(75);
  PQclear(sync);
  if (!PQexitPipelineMode(connection)) exit(75);
  return all;
}
