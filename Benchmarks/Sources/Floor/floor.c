// The floor: the least work of a program that stores these events exactly once with the strategy stagedInsert.
// Ready-made COPY streams in memory; no network, no validation, no acknowledgement. A few writers with one connection
// each, and one transaction a group: COPY into a temporary table, sorted INSERT ... ON CONFLICT DO NOTHING, a row of
// the ledger, COMMIT.
//
//   Floor CONNINFO ROWS [group [writers]]
//
// The database has the product's schema. Prints one line of JSON.
#include <inttypes.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rows.h"

enum { MOST_WRITERS = 64, COPY_PIECE = 64 << 10 };

static const char *STAGING =
    "CREATE TEMPORARY TABLE staging (batch_id bigint NOT NULL, event_id text COLLATE \"C\" NOT NULL, "
    "topic text COLLATE \"C\" NOT NULL, ts timestamptz NOT NULL, source text NOT NULL, payload json) "
    "ON COMMIT DELETE ROWS";
static const char *COPY =
    "COPY staging (batch_id, event_id, topic, ts, source, payload) FROM STDIN (FORMAT binary)";
static const char *INSERT =
    "INSERT INTO events (ts, batch_id, event_id, topic, source, payload) "
    "SELECT ts, batch_id, event_id, topic, source, payload FROM staging "
    "ORDER BY event_id, topic ON CONFLICT (event_id, topic) DO NOTHING";

struct run {
  const char *conninfo;
  struct groups groups;
  pthread_barrier_t start;
  atomic_int next;
  atomic_long unique;
};

static void check(PGconn *connection, PGresult *result, ExecStatusType expected, const char *what) {
  if (PQresultStatus(result) == expected) return;
  fprintf(stderr, "floor: %s: %s", what, PQerrorMessage(connection));
  exit(1);
}

// Runs one statement, and returns the number of rows that it reports.
static long execute(PGconn *connection, const char *sql) {
  PGresult *result = PQexec(connection, sql);
  check(connection, result, PGRES_COMMAND_OK, sql);
  long rows = atol(PQcmdTuples(result));
  PQclear(result);
  return rows;
}

static void copy(PGconn *connection, const struct group *group) {
  PGresult *result = PQexec(connection, COPY);
  check(connection, result, PGRES_COPY_IN, COPY);
  PQclear(result);
  for (size_t sent = 0; sent < group->length; sent += COPY_PIECE) {
    size_t rest = group->length - sent;
    if (PQputCopyData(connection, group->bytes + sent, (int)(rest < COPY_PIECE ? rest : COPY_PIECE)) != 1) {
      fprintf(stderr, "floor: COPY: %s", PQerrorMessage(connection));
      exit(1);
    }
  }
  PQputCopyEnd(connection, NULL);
  while ((result = PQgetResult(connection))) {
    check(connection, result, PGRES_COMMAND_OK, COPY);
    PQclear(result);
  }
}

static long commit(PGconn *connection, const struct group *group, const char *producer) {
  char ledger[512];
  execute(connection, "BEGIN");
  copy(connection, group);
  long unique = execute(connection, INSERT);
  snprintf(ledger, sizeof ledger,
           "INSERT INTO batches (batch_id, producer, sequence, base, digest, received, unique_, duplicate, dead)"
           " VALUES (%" PRId64 ", '%s', %" PRId64 ", 1, 0, %d, %ld, %ld, 0)",
           group->batch_id, producer, group->batch_id / 65536, group->events, unique, group->events - unique);
  execute(connection, ledger);
  execute(connection, "COMMIT");
  return unique;
}

static void *write_groups(void *argument) {
  struct run *run = argument;
  PGconn *connection = PQconnectdb(run->conninfo);
  if (PQstatus(connection) != CONNECTION_OK) {
    fprintf(stderr, "floor: %s", PQerrorMessage(connection));
    exit(1);
  }
  execute(connection, STAGING);
  PGresult *drawn = PQexec(connection, "SELECT gen_random_uuid()");
  check(connection, drawn, PGRES_TUPLES_OK, "a producer's UUID");
  pthread_barrier_wait(&run->start);
  int number;
  while ((number = atomic_fetch_add(&run->next, 1)) < run->groups.count)
    atomic_fetch_add(&run->unique, commit(connection, &run->groups.all[number], PQgetvalue(drawn, 0, 0)));
  PQclear(drawn);
  PQfinish(connection);
  return NULL;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

int main(int count, char **arguments) {
  if (count < 3) {
    fprintf(stderr, "usage: Floor CONNINFO ROWS [group [writers]]\n");
    return 64;
  }
  int group = count > 3 ? atoi(arguments[3]) : 5000;
  int writers = count > 4 ? atoi(arguments[4]) : 2;
  if (group < 1 || writers < 1 || writers > MOST_WRITERS) return 64;

  struct run run = {.conninfo = arguments[1], .groups = read_groups(arguments[2], group)};
  pthread_t threads[MOST_WRITERS];
  pthread_barrier_init(&run.start, NULL, (unsigned)writers + 1);
  for (int number = 0; number < writers; number++)
    if (pthread_create(&threads[number], NULL, write_groups, &run) != 0) return 1;
  pthread_barrier_wait(&run.start);
  double start = now();
  for (int number = 0; number < writers; number++) pthread_join(threads[number], NULL);
  double seconds = now() - start;
  printf("{\"events\": %ld, \"unique\": %ld, \"seconds\": %.6f, \"rate\": %.1f}\n", run.groups.events,
         atomic_load(&run.unique), seconds, (double)run.groups.events / seconds);
  return 0;
}
