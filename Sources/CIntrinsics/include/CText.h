#pragma once
// What stands where in a text, 64 characters at once as one bit each, the first one lowest. Swift's vectors
// have no quick way from a comparison to bits; x86-64 has an instruction for it (SSE2, which every such
// processor has), and arm64 adds neighbours up (NEON, likewise).
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__aarch64__)
#include <arm_neon.h>
#endif

/// Bytes that are looked at together.
#define SLUICE_TEXT_BLOCK 64

typedef uint8_t sluice_bytes16 __attribute__((ext_vector_type(16)));
typedef int8_t sluice_signed16 __attribute__((ext_vector_type(16)));

/// One bit for each byte of four vectors, all of which are 0 or 0xFF.
static inline uint64_t sluice_bits_of_bytes(const sluice_bytes16 hits[4]) {
#if defined(__SSE2__)
  typedef char vector __attribute__((vector_size(16)));
  uint64_t bits = 0;
  for (int part = 0; part < 4; part += 1)
    bits |= (uint64_t)(uint32_t)__builtin_ia32_pmovmskb128((vector)hits[part]) << (16 * part);
  return bits;
#elif defined(__aarch64__) && defined(__AARCH64EL__)
  // Each byte keeps the bit of its place among eight; three rounds of sums put eight bytes into one.
  const sluice_bytes16 place = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
  uint8x16_t low = vpaddq_u8((uint8x16_t)(hits[0] & place), (uint8x16_t)(hits[1] & place));
  uint8x16_t high = vpaddq_u8((uint8x16_t)(hits[2] & place), (uint8x16_t)(hits[3] & place));
  uint8x16_t sums = vpaddq_u8(low, high);
  return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(sums, sums)), 0);
#else
  uint64_t bits = 0;
  for (int place = 0; place < SLUICE_TEXT_BLOCK; place += 1)
    bits |= (uint64_t)(hits[place / 16][place % 16] & 1) << place;
  return bits;
#endif
}

/// What ends a run of plain characters in a JSON string, among the first 64 of `count` bytes: quotation
/// marks, backslashes, control characters, and bytes beyond ASCII. What is missing counts as NUL.
static inline uint64_t sluice_string_stops(const uint8_t *bytes, size_t count) {
  uint8_t padded[SLUICE_TEXT_BLOCK];
  if (count < SLUICE_TEXT_BLOCK) {
    memset(padded, 0, sizeof padded);
    memcpy(padded, bytes, count);
    bytes = padded;
  }
  sluice_bytes16 stops[4];
  for (int part = 0; part < 4; part += 1) {
    sluice_bytes16 text;
    memcpy(&text, bytes + 16 * part, sizeof text);
    // As signed numbers, the bytes beyond ASCII are below the control characters.
    stops[part] = (sluice_bytes16)(((sluice_signed16)text < 0x20) | (text == '"') | (text == '\\'));
  }
  return sluice_bits_of_bytes(stops);
}
