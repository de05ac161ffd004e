#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "readers.h"
#include "stored.h"

enum { PAGE = 100, BLOCKS_AT_ONCE = 8, MOST_ROUNDS = 1000 };

// Answers of one question: the newest events of a topic, a key, or a number.
struct search {
  const char *topic, *source, *id;
  int64_t times[PAGE + 1];
  size_t found, counts[100000];
};

static bool newest(const struct event *event, void *context) {
  struct search *search = context;
  if (search->topic && (strlen(search->topic) != event->topic_length ||
                        memcmp(search->topic, event->topic, event->topic_length) != 0))
    return true;
  if (search->found == PAGE && event->time <= search->times[PAGE - 1]) return true;
  size_t place = search->found < PAGE ? search->found++ : PAGE - 1;
  for (; place > 0 && search->times[place - 1] < event->time; place--) search->times[place] = search->times[place - 1];
  search->times[place] = event->time;
  return true;
}

static bool same_id(const struct event *event, void *context) {
  struct search *search = context;
  if (strlen(search->id) != event->id_length || memcmp(search->id, event->id, event->id_length) != 0) return true;
  search->found++;
  return false;
}

static bool same_source(const struct event *event, void *context) {
  struct search *search = context;
  size_t length = strlen(search->source);
  if (length == event->source_length && memcmp(search->source, event->source, length) == 0)
    search->found++;
  return true;
}

static bool count_minute(const struct event *event, void *context) {
  struct search *search = context;
  search->counts[(uint64_t)(event->time / 60000000) % 100000]++;
  return true;
}

static struct search search;

// The newest page: blocks by their newest event, until no older block can have an event of the page.
static void newest_page(PGconn *connection, const char *topic) {
  search.topic = topic;
  search.found = 0;
  int64_t before = INT64_MAX;
  while (true) {
    struct parameters p = {0};
    add_int(&p, before, 8);
    PGresult *some = must(
        connection,
        "SELECT raw, columns, dropped, max_ts FROM blocks.blocks WHERE max_ts < $1 ORDER BY max_ts DESC LIMIT 8", &p);
    free(p.bytes[0]);
    int rows = PQntuples(some), row = 0;
    for (; row < rows; row++) {
      before = integer_at(some, row, 3);
      if (search.found == PAGE && before < search.times[PAGE - 1]) break;
      visit_block(some, row, newest, &search);
    }
    PQclear(some);
    if (row < rows || rows < BLOCKS_AT_ONCE) return;
  }
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static double median(double *times, int count) {
  qsort(times, (size_t)count, sizeof *times, ascending);
  return times[count / 2];
}

// An id and a topic of the middle of the table, as text.
static PGresult *middle_key(PGconn *connection, const char *query) {
  PGresult *key = must(connection, query, NULL);
  if (PQntuples(key) == 0) exit(66);
  return key;
}

static char *copied(const uint8_t *text, size_t length) {
  char *copy = calloc(length + 1, 1);
  memcpy(copy, text, length);
  return copy;
}

static bool take_names(const struct event *event, void *context) {
  char **names = context;
  names[0] = copied(event->id, event->id_length);
  names[1] = copied(event->topic, event->topic_length);
  return false;
}

int ask_blocks(const char *conninfo, int rounds) {
  static const char *titles[] = {"newest_page", "newest_of_topic", "key_in_run", "key_in_block", "source", "minutes"};
  static double times[6][MOST_ROUNDS];
  PGconn *connection = connect_to(conninfo);
  PGresult *middle = middle_key(
      connection, "SELECT raw, columns, dropped, run FROM blocks.blocks ORDER BY run OFFSET (SELECT count(*) / 2 "
                  "FROM blocks.blocks) LIMIT 1");
  char *names[2] = {0}, run_query[256], block_query[512];
  visit_block(middle, 0, take_names, names);
  long run = (long)integer_at(middle, 0, 3);
  snprintf(run_query, sizeof run_query, "SELECT raw, columns, dropped FROM blocks.blocks WHERE run = %ld", run);
  snprintf(block_query, sizeof block_query, "%s AND place = 0", run_query);
  search.id = names[0];
  search.source = "nobody";
  for (int round = 0; round < rounds; round++) {
    double start[7];
    start[0] = milliseconds();
    newest_page(connection, NULL);
    start[1] = milliseconds();
    newest_page(connection, names[1]);
    start[2] = milliseconds();
    visit_all(connection, run_query, same_id, &search);
    start[3] = milliseconds();
    visit_all(connection, block_query, same_id, &search);
    start[4] = milliseconds();
    visit_all(connection, "SELECT raw, columns, dropped FROM blocks.blocks", same_source, &search);
    start[5] = milliseconds();
    visit_all(connection, "SELECT raw, columns, dropped FROM blocks.blocks", count_minute, &search);
    start[6] = milliseconds();
    for (int i = 0; i < 6; i++) times[i][round] = start[i + 1] - start[i];
  }
  for (int i = 0; i < 6; i++) printf("%s\"%s\": %.4f", i ? ", " : "{", titles[i], median(times[i], rounds));
  printf("}\n");
  return 0;
}

int ask_rows(const char *conninfo, int rounds) {
  static const char *titles[] = {"newest_page", "newest_of_topic", "key", "source", "minutes"};
  static double times[5][MOST_ROUNDS];
  PGconn *connection = connect_to(conninfo);
  PGresult *middle = middle_key(connection, "SELECT event_id, topic FROM sluice.events OFFSET 1000 LIMIT 1");
  char *id = PQescapeLiteral(connection, PQgetvalue(middle, 0, 0), (size_t)PQgetlength(middle, 0, 0));
  char *topic = PQescapeLiteral(connection, PQgetvalue(middle, 0, 1), (size_t)PQgetlength(middle, 0, 1));
  char queries[5][512];
  static const char COLUMNS[] = "SELECT ts, event_id, topic, source, payload FROM sluice.events";
  snprintf(queries[0], 512, "%s ORDER BY ts DESC LIMIT 100", COLUMNS);
  snprintf(queries[1], 512, "%s WHERE topic = %s ORDER BY ts DESC LIMIT 100", COLUMNS, topic);
  snprintf(queries[2], 512, "%s WHERE event_id = %s AND topic = %s", COLUMNS, id, topic);
  snprintf(queries[3], 512, "SELECT count(*) FROM sluice.events WHERE source = 'nobody'");
  snprintf(queries[4], 512, "SELECT date_trunc('minute', ts), count(*) FROM sluice.events GROUP BY 1");
  for (int round = 0; round < rounds; round++)
    for (int i = 0; i < 5; i++) {
      double start = milliseconds();
      PQclear(must(connection, queries[i], NULL));
      times[i][round] = milliseconds() - start;
    }
  for (int i = 0; i < 5; i++) printf("%s\"%s\": %.4f", i ? ", " : "{", titles[i], median(times[i], rounds));
  printf("}\n");
  return 0;
}
