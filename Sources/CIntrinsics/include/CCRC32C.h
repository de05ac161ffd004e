#pragma once
// The CRC-32C instructions of x86-64 (SSE4.2) and arm64 (CRC extension), which Swift cannot name. The
// functions are compiled for a processor that has them: ask `sluice_has_crc32c` before calling one.
//
// A state is the running CRC without the inversions at the beginning and the end.
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#define SLUICE_CRC32C __attribute__((target("sse4.2")))
#define SLUICE_CRC32C_8(state, word) ((uint32_t)__builtin_ia32_crc32di((state), (word)))
#define SLUICE_CRC32C_1(state, byte) __builtin_ia32_crc32qi((state), (byte))

/// Whether this processor has the instructions. Asks the processor each time: keep the answer.
static inline int sluice_has_crc32c(void) {
  unsigned int eax, ebx, ecx, edx;
  return __get_cpuid(1, &eax, &ebx, &ecx, &edx) && (ecx & bit_SSE4_2) != 0;
}

#elif defined(__aarch64__)
#if defined(__linux__)
#include <sys/auxv.h>
#endif
#define SLUICE_CRC32C __attribute__((target("crc")))
#define SLUICE_CRC32C_8(state, word) __builtin_arm_crc32cd((state), (word))
#define SLUICE_CRC32C_1(state, byte) __builtin_arm_crc32cb((state), (byte))

/// Whether this processor has the instructions. Asks the system each time: keep the answer.
static inline int sluice_has_crc32c(void) {
#if defined(__linux__)
  return (getauxval(AT_HWCAP) & (1UL << 7)) != 0;  // HWCAP_CRC32 of <asm/hwcap.h>
#else
  return 1;  // Every arm64 processor of Apple's.
#endif
}

#else
#define SLUICE_CRC32C
#define SLUICE_CRC32C_8(state, word) ((void)(word), (state))
#define SLUICE_CRC32C_1(state, byte) ((void)(byte), (state))

/// Whether this processor has the instructions.
static inline int sluice_has_crc32c(void) { return 0; }
#endif

static inline uint64_t sluice_load_word(const uint8_t *bytes) {
  uint64_t word;
  memcpy(&word, bytes, sizeof word);
  return word;
}

/// The state after `count` more bytes.
SLUICE_CRC32C static inline uint32_t sluice_crc32c(uint32_t state, const uint8_t *bytes, size_t count) {
  for (; count >= 8; bytes += 8, count -= 8) state = SLUICE_CRC32C_8(state, sluice_load_word(bytes));
  for (; count > 0; bytes += 1, count -= 1) state = SLUICE_CRC32C_1(state, *bytes);
  return state;
}

/// The states of three neighbouring parts.
typedef struct {
  uint32_t first, second, last;
} sluice_crc32c_parts;

/// Goes through three parts of `part` bytes each at the same time, the first one from `state` on, the
/// others from zero: the instruction takes three cycles, but one can start in every cycle. `part` is a
/// multiple of 8.
SLUICE_CRC32C static inline sluice_crc32c_parts sluice_crc32c_three(
    uint32_t state, const uint8_t *bytes, size_t part) {
  sluice_crc32c_parts states = {state, 0, 0};
  for (size_t offset = 0; offset < part; offset += 8) {
    states.first = SLUICE_CRC32C_8(states.first, sluice_load_word(bytes + offset));
    states.second = SLUICE_CRC32C_8(states.second, sluice_load_word(bytes + part + offset));
    states.last = SLUICE_CRC32C_8(states.last, sluice_load_word(bytes + 2 * part + offset));
  }
  return states;
}
