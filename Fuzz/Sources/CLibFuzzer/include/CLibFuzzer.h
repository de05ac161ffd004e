#pragma once
// The part of libFuzzer that a program with a main function of its own needs
// (https://llvm.org/docs/LibFuzzer.html, "Using libFuzzer as a library").
#include <stddef.h>
#include <stdint.h>

typedef int (*fuzz_callback)(const uint8_t *bytes, size_t count);

/// Runs `callback` on one input after the other, as the arguments say. Ends the process when an input crashes it.
int LLVMFuzzerRunDriver(int *argument_count, char ***arguments, fuzz_callback callback);
