#include "writer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "group.h"

// The division by zero with which a statement fails whose condition is false.
static const char BROKEN[] = "22012";

// Answers the batches of the group: one line for each, after their commit.
static void answer(struct writer *writer) {
  struct process *process = writer->process;
  const struct group *group = &writer->group;
  atomic_fetch_add(&process->received, received_of(group));
  atomic_fetch_add(&process->unique, (long)group->sorted_count);
  if (!process->acknowledgements) return;
  pthread_mutex_lock(&process->writing);
  for (size_t i = 0; i < group->count; i++)
    fprintf(process->acknowledgements, "%zu %u %u\n", group->numbers[i], group->events[i], group->kept[i]);
  fflush(process->acknowledgements);
  pthread_mutex_unlock(&process->writing);
}

// Publishes the end of an attempt to the other writers of the process.
static void end_attempt(struct writer *writer, int64_t position, bool isCommitted) {
  struct memory *memory = &writer->process->memory;
  struct group *group = &writer->group;
  if (isCommitted) memory_add_run(memory, position, position, 0, group->sorted, group->sorted_count);
  pthread_mutex_lock(&memory->lock);
  if (isCommitted) {
    memory_remember(memory, position, group->sorted, group->sorted_count);
    memory->committed = position;
  } else {
    memory->broken = true;
  }
  set_clear(&memory->passes[writer->number].keys);
  pthread_cond_broadcast(&memory->moved);
  pthread_mutex_unlock(&memory->lock);
}

// An attempt that relies on the attempts before it in this process. False when it was rolled back.
static bool commit_in_turn(struct writer *writer) {
  struct memory *memory = &writer->process->memory;
  struct group *group = &writer->group;
  char state[6] = "";
  pthread_mutex_lock(&memory->lock);
  if (memory->broken) {
    pthread_mutex_unlock(&memory->lock);
    return false;
  }
  int64_t position = ++memory->tail;
  memory_decide(memory, writer->number, group->keys, group->key_count, group->decisions);
  pthread_mutex_unlock(&memory->lock);
  memory_look_up(memory, writer->connection, group->keys, group->key_count, group->decisions);
  sort_kept(group);
  bool isStored = store(writer, position, true, state);
  pthread_mutex_lock(&memory->lock);
  while (isStored && !memory->broken && memory->committed != position - 1)
    pthread_cond_wait(&memory->moved, &memory->lock);
  bool mayCommit = isStored && memory->committed == position - 1;
  pthread_mutex_unlock(&memory->lock);
  bool isCommitted = mayCommit && commit(writer, position, state);
  if (!isCommitted) must_command(writer->connection, "ROLLBACK");
  end_attempt(writer, position, isCommitted);
  return isCommitted;
}

// Leaves out the batches that the ledger has, after checking the counts that it answers.
static void leave_out_claimed(struct writer *writer) {
  struct group *group = &writer->group;
  size_t kept = 0, event = 0, to = 0;
  for (size_t i = 0; i < group->count; i++) {
    const struct batch *batch = batch_of(writer, i);
    struct parameters p = {0};
    add_bytes(&p, batch->producer, 16);
    add_int(&p, (int64_t)batch->sequence, 8);
    PGresult *found = must(
        writer->connection, "SELECT received, unique_ FROM blocks.ledger WHERE producer = $1 AND sequence = $2", &p);
    free(p.bytes[0]);
    free(p.bytes[1]);
    if (PQntuples(found) == 0) {
      memmove(group->keys + to, group->keys + event, group->events[i] * sizeof *group->keys);
      to += group->events[i];
      group->numbers[kept] = group->numbers[i];
      group->min_ts[kept] = group->min_ts[i];
      group->max_ts[kept] = group->max_ts[i];
      group->events[kept++] = group->events[i];
    } else if (writer->process->acknowledgements) {
      pthread_mutex_lock(&writer->process->writing);
      fprintf(writer->process->acknowledgements, "%zu %" PRId64 " %" PRId64 "\n", group->numbers[i],
              integer_at(found, 0, 0), integer_at(found, 0, 1));
      fflush(writer->process->acknowledgements);
      pthread_mutex_unlock(&writer->process->writing);
      atomic_fetch_add(&writer->process->replays, 1);
    }
    event += group->events[i];
    PQclear(found);
  }
  group->count = kept;
  group->key_count = to;
}

// An attempt with the memory to itself and the head locked, so that no other process moves it. False after a deadlock
// with another process that has the same batch.
static bool commit_alone(struct writer *writer) {
  struct memory *memory = &writer->process->memory;
  struct group *group = &writer->group;
  char state[6] = "";
  memory->alone++;
  leave_out_claimed(writer);
  must_command(writer->connection, "BEGIN");
  PGresult *head = must(writer->connection, "SELECT position FROM blocks.head WHERE shard = 0 FOR UPDATE", NULL);
  int64_t position = integer_at(head, 0, 0);
  PQclear(head);
  memory_catch_up(memory, writer->connection, position);
  memory->broken = false;
  if (group->count == 0) {
    must_command(writer->connection, "COMMIT");
    return true;
  }
  position = ++memory->tail;
  memory_decide(memory, writer->number, group->keys, group->key_count, group->decisions);
  memory_look_up(memory, writer->connection, group->keys, group->key_count, group->decisions);
  sort_kept(group);
  bool isCommitted = store(writer, position, false, state) && commit(writer, position, state);
  if (!isCommitted) must_command(writer->connection, "ROLLBACK");
  if (!isCommitted && strcmp(state, "40P01") != 0 && strcmp(state, BROKEN) != 0) {
    fprintf(stderr, "blocks: a group that nothing disturbs failed with %s\n", state);
    exit(70);
  }
  end_attempt(writer, position, isCommitted);
  if (isCommitted) answer(writer);
  return isCommitted;
}

static void *run_writer(void *argument) {
  struct writer *writer = argument;
  struct memory *memory = &writer->process->memory;
  struct group *group = &writer->group;
  size_t room = writer->process->settings.group + MOST_EVENTS;
  group->keys = malloc(room * sizeof *group->keys);
  group->sorted = malloc(room * sizeof *group->sorted);
  group->scratch = malloc(room * sizeof *group->scratch);
  group->decisions = malloc(room);
  while (take_group(writer)) {
    pthread_rwlock_rdlock(&memory->attempts);
    bool isCommitted = commit_in_turn(writer);
    pthread_rwlock_unlock(&memory->attempts);
    if (isCommitted) {
      answer(writer);
      continue;
    }
    pthread_rwlock_wrlock(&memory->attempts);
    while (!commit_alone(writer)) {
    }
    pthread_rwlock_unlock(&memory->attempts);
  }
  PQfinish(writer->connection);
  return NULL;
}

static void *run_merger(void *argument) {
  struct process *process = argument;
  PGconn *connection = connect_to(process->settings.conninfo);
  while (!atomic_load(&process->finished))
    if (!memory_merge(&process->memory, connection)) usleep(20000);
  PQfinish(connection);
  return NULL;
}

// The batches of this process's part that were not acknowledged, after the last `replayed` ones that were.
static void fill_queue(struct process *process) {
  struct write_settings *settings = &process->settings;
  bool *isSettled = calloc(process->batches.count + 1, 1);
  size_t *settled = calloc(process->batches.count + 1, sizeof *settled), count = 0;
  FILE *file = settings->acknowledgements ? fopen(settings->acknowledgements, "r") : NULL;
  char line[128];
  size_t number;
  unsigned received, unique;
  while (file && fgets(line, sizeof line, file)) {
    if (sscanf(line, "%zu %u %u", &number, &received, &unique) != 3 || number >= process->batches.count) continue;
    if (strchr(line, '\n') == NULL || isSettled[number]) continue;
    isSettled[number] = true;
    settled[count++] = number;
  }
  if (file) fclose(file);
  process->queue = calloc(2 * process->batches.count + 1, sizeof *process->queue);
  for (size_t i = count > settings->replayed ? count - settings->replayed : 0; i < count; i++)
    process->queue[process->queued++] = settled[i];
  for (size_t i = 0; i < process->batches.count; i++)
    if (i % (size_t)settings->parts == (size_t)settings->part && !isSettled[i]) process->queue[process->queued++] = i;
  free(isSettled);
  free(settled);
}

static double seconds(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

int write_blocks(struct write_settings settings) {
  static struct process process;
  static struct writer writers[MOST_WRITERS];
  process.settings = settings;
  process.batches = read_batches(settings.frames);
  fill_queue(&process);
  pthread_mutex_init(&process.writing, NULL);
  if (settings.acknowledgements) process.acknowledgements = fopen(settings.acknowledgements, "a");
  double loading = seconds(CLOCK_MONOTONIC);
  PGconn *connection = connect_to(settings.conninfo);
  memory_make(&process.memory, connection, settings.keys);
  PQfinish(connection);
  double start = seconds(CLOCK_MONOTONIC), used = seconds(CLOCK_PROCESS_CPUTIME_ID);
  pthread_t threads[MOST_WRITERS], merger;
  for (int i = 0; i < settings.writers; i++) {
    writers[i] = (struct writer){.process = &process, .number = i, .connection = connect_to(settings.conninfo)};
    pthread_create(&threads[i], NULL, run_writer, &writers[i]);
  }
  if (settings.merges) pthread_create(&merger, NULL, run_merger, &process);
  for (int i = 0; i < settings.writers; i++) pthread_join(threads[i], NULL);
  double end = seconds(CLOCK_MONOTONIC);
  atomic_store(&process.finished, true);
  if (settings.merges) pthread_join(merger, NULL);
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  long received = process.received;
  printf("{\"events\": %ld, \"unique\": %ld, \"seconds\": %.6f, \"rate\": %.1f, \"own_us\": %.4f, \"replays\": %ld, "
         "\"lookups\": %ld, \"alone\": %ld, \"merges\": %ld, \"refreshes\": %ld, \"runs\": %zu, \"filter_mib\": %.2f, "
         "\"memory_mib\": %.1f, \"loading_s\": %.4f}\n",
         received, (long)process.unique, end - start, (double)received / (end - start),
         (seconds(CLOCK_PROCESS_CPUTIME_ID) - used) * 1e6 / (double)(received ? received : 1), (long)process.replays,
         process.memory.lookups, process.memory.alone, process.memory.merges, process.memory.refreshes,
         process.memory.run_count, (double)memory_bytes(&process.memory) / 1048576, (double)usage.ru_maxrss / 1024,
         start - loading);
  return 0;
}
