// libpq with parameters and results in binary form.
#ifndef DATABASE_H
#define DATABASE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MOST_PARAMETERS = 12 };

// Parameters of one statement. The bytes are copied, so that a statement can be made in pieces.
struct parameters {
  int count;
  char *bytes[MOST_PARAMETERS];
  int lengths[MOST_PARAMETERS], formats[MOST_PARAMETERS];
  size_t rooms[MOST_PARAMETERS];
};

void clear_parameters(struct parameters *parameters);
void add_int(struct parameters *parameters, int64_t value, int size);
void add_bytes(struct parameters *parameters, const void *bytes, size_t size);
// Begins an array of `count` elements; `array_item` adds each element. NULL bytes are a NULL element.
void begin_array(struct parameters *parameters, uint32_t type, size_t count);
void array_item(struct parameters *parameters, const void *bytes, size_t size);
void array_int(struct parameters *parameters, int64_t value, int size);

enum { INT4 = 23, INT8 = 20, BYTEA = 17, UUID = 2950 };

PGconn *connect_to(const char *conninfo);
// Runs a statement and returns its result. NULL, with the SQLSTATE in `state`, when the statement failed. Ends the
// program with the exit status 75 when the connection is lost: its caller starts it again.
PGresult *run(PGconn *connection, const char *sql, const struct parameters *parameters, char state[6]);
// The same, but every failure ends the program.
PGresult *must(PGconn *connection, const char *sql, const struct parameters *parameters);
void must_command(PGconn *connection, const char *sql);

int64_t integer_at(const PGresult *result, int row, int column);

// Statements that are sent together.
void pipeline_begin(PGconn *connection);
void pipeline_add(PGconn *connection, const char *sql, const struct parameters *parameters);
// Sends them and reads `count` results. False when a statement failed; its SQLSTATE is in `state`.
bool pipeline_end(PGconn *connection, int count, char state[6]);

#endif
