// Key hashes of 16 bytes, sets of them, and filters over them.
#ifndef KEYS_H
#define KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// As in the product (KeyHash.swift): two polynomials over the key, each modulo 2^61 - 1. `high` has its highest bit
// set, so no hash is zero.
struct hash {
  uint64_t high, low;
};

// The points of the polynomials. All writers of a database use the same ones.
struct points {
  uint64_t first, second;
};

struct hash hash_start(void);
struct hash hash_text(struct points points, struct hash state, const uint8_t *text, size_t length);
// The hash of a key after its topic and its id were hashed.
struct hash hash_end(struct hash state);

static inline int hash_order(struct hash a, struct hash b) {
  if (a.high != b.high) return a.high < b.high ? -1 : 1;
  return a.low == b.low ? 0 : a.low < b.low ? -1 : 1;
}

void sort_hashes(struct hash *hashes, size_t count, struct hash *scratch);
// The share of all hashes that are below this one, from 0 to 1.
double hash_rank(struct hash hash);

// Open addressing, at most half full.
struct set {
  struct hash *slots;
  size_t count, capacity;
  int shift;
};

void set_make(struct set *set, size_t capacity);
void set_free(struct set *set);
void set_clear(struct set *set);
bool set_contains(const struct set *set, struct hash hash);
// False when the hash is in the set already.
bool set_insert(struct set *set, struct hash hash);
void set_prefetch(const struct set *set, struct hash hash);

// A Bloom filter whose bits for one hash are in one cache line: 16 bits and 6 probes a key, about 0.1 % errors.
struct filter {
  uint64_t *words;
  size_t lines;
};

size_t filter_bytes(size_t keys);
void filter_make(struct filter *filter, size_t keys);
void filter_add(struct filter *filter, struct hash hash);
bool filter_contains(const struct filter *filter, struct hash hash);
void filter_prefetch(const struct filter *filter, struct hash hash);

#endif
