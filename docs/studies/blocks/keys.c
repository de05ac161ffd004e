#include "keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t PRIME = (1ull << 61) - 1;
static const uint64_t MARK = 1ull << 63;
enum { BITS_A_KEY = 16, LINE_WORDS = 8, PROBES = 6 };

static void *zeroed(size_t count, size_t size) {
  void *memory = calloc(count, size);
  if (!memory) {
    fprintf(stderr, "blocks: no memory for %zu bytes\n", count * size);
    exit(71);
  }
  return memory;
}

static inline uint64_t step(uint64_t value, uint64_t point, uint64_t word) {
  unsigned __int128 product = (unsigned __int128)value * point;
  uint64_t low = (uint64_t)product, high = (uint64_t)(product >> 64);
  uint64_t sum = (low & PRIME) + (high << 3 | low >> 61) + word;
  uint64_t folded = (sum & PRIME) + (sum >> 61);
  return folded >= PRIME ? folded - PRIME : folded;
}

struct hash hash_start(void) { return (struct hash){1, 1}; }

static inline void absorb(struct points points, struct hash *state, uint64_t word) {
  state->high = step(state->high, points.first, word);
  state->low = step(state->low, points.second, word);
}

struct hash hash_text(struct points points, struct hash state, const uint8_t *text, size_t length) {
  size_t offset = 0;
  for (; offset + 8 <= length; offset += 7) {
    uint64_t word;
    memcpy(&word, text + offset, 8);
    absorb(points, &state, word & 0x00FFFFFFFFFFFFFFull);
  }
  uint64_t rest = 0;
  for (; offset < length; offset++) rest = rest << 8 | text[offset];
  absorb(points, &state, rest);
  absorb(points, &state, length);
  return state;
}

struct hash hash_end(struct hash state) { return (struct hash){state.high | MARK, state.low}; }

double hash_rank(struct hash hash) { return (double)(hash.high & PRIME) / (double)PRIME; }

void sort_hashes(struct hash *hashes, size_t count, struct hash *scratch) {
  // Hashes are spread evenly, so one pass by rank leaves runs of about eight, which insertion sorts.
  enum { BITS = 16 };
  int bits = 1;
  while (bits < BITS && (count >> bits) > 8) bits++;
  uint32_t *starts = zeroed(((size_t)1 << bits) + 1, sizeof *starts);
  for (size_t i = 0; i < count; i++) starts[((hashes[i].high & PRIME) >> (61 - bits)) + 1]++;
  for (size_t i = 0; i < (size_t)1 << bits; i++) starts[i + 1] += starts[i];
  for (size_t i = 0; i < count; i++) scratch[starts[(hashes[i].high & PRIME) >> (61 - bits)]++] = hashes[i];
  for (size_t i = 1; i < count; i++) {
    struct hash next = scratch[i];
    size_t place = i;
    for (; place > 0 && hash_order(scratch[place - 1], next) > 0; place--) scratch[place] = scratch[place - 1];
    scratch[place] = next;
  }
  memcpy(hashes, scratch, count * sizeof *hashes);
  free(starts);
}

void set_make(struct set *set, size_t capacity) {
  int bits = 6;
  while ((size_t)1 << bits < capacity * 2) bits++;
  *set = (struct set){zeroed((size_t)1 << bits, sizeof(struct hash)), 0, capacity, 64 - bits};
}

void set_free(struct set *set) { free(set->slots); }

void set_clear(struct set *set) {
  if (set->count) memset(set->slots, 0, ((size_t)1 << (64 - set->shift)) * sizeof *set->slots);
  set->count = 0;
}

static inline size_t slot_of(const struct set *set, struct hash hash) {
  return (size_t)(((hash.high << 3) ^ hash.low * 0x9E3779B97F4A7C15ull) >> set->shift);
}

bool set_contains(const struct set *set, struct hash hash) {
  size_t mask = ((size_t)1 << (64 - set->shift)) - 1;
  for (size_t place = slot_of(set, hash); set->slots[place].high; place = (place + 1) & mask)
    if (hash_order(set->slots[place], hash) == 0) return true;
  return false;
}

bool set_insert(struct set *set, struct hash hash) {
  size_t mask = ((size_t)1 << (64 - set->shift)) - 1;
  size_t place = slot_of(set, hash);
  for (; set->slots[place].high; place = (place + 1) & mask)
    if (hash_order(set->slots[place], hash) == 0) return false;
  if (set->count == set->capacity) {
    fprintf(stderr, "blocks: a set of %zu keys is full\n", set->capacity);
    exit(70);
  }
  set->slots[place] = hash;
  set->count++;
  return true;
}

void set_prefetch(const struct set *set, struct hash hash) { __builtin_prefetch(&set->slots[slot_of(set, hash)]); }

size_t filter_bytes(size_t keys) {
  size_t lines = keys * BITS_A_KEY / 512 + 1;
  return lines * LINE_WORDS * 8;
}

void filter_make(struct filter *filter, size_t keys) {
  filter->lines = filter_bytes(keys) / (LINE_WORDS * 8);
  filter->words = zeroed(filter->lines * LINE_WORDS, 8);
}

static inline uint64_t *line_of(const struct filter *filter, struct hash hash) {
  // The two polynomials are independent, so one chooses the line and the other one the bits.
  size_t line = (size_t)(((unsigned __int128)(hash.low & PRIME) * filter->lines) >> 61);
  return filter->words + line * LINE_WORDS;
}

void filter_add(struct filter *filter, struct hash hash) {
  uint64_t *line = line_of(filter, hash), bits = hash.high;
  for (int probe = 0; probe < PROBES; probe++, bits >>= 9) line[bits >> 6 & 7] |= 1ull << (bits & 63);
}

bool filter_contains(const struct filter *filter, struct hash hash) {
  const uint64_t *line = line_of(filter, hash);
  uint64_t bits = hash.high;
  for (int probe = 0; probe < PROBES; probe++, bits >>= 9)
    if (!(line[bits >> 6 & 7] & 1ull << (bits & 63))) return false;
  return true;
}

void filter_prefetch(const struct filter *filter, struct hash hash) { __builtin_prefetch(line_of(filter, hash)); }
