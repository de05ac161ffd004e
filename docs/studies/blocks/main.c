// The prototype of docs/studies/blocks.md. Nothing of the product uses it.
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "readers.h"
#include "writer.h"

static int usage(void) {
  fputs("usage: blocks write [-w writers] [-g events of a group] [-k recent keys] [-p part/parts]\n"
        "                    [-a acknowledgements] [-r replayed] [-m] CONNINFO FRAMES\n"
        "       blocks verify CONNINFO FRAMES\n"
        "       blocks ask-blocks CONNINFO [rounds]\n"
        "       blocks ask-rows CONNINFO [rounds]\n"
        "       blocks settle CONNINFO\n"
        "       blocks rows FRAMES ROWS\n", stderr);
  return 64;
}

static int run_writers(int count, char **arguments) {
  struct write_settings settings = {.writers = 2, .parts = 1, .group = 20000, .keys = 1048576};
  int option;
  while ((option = getopt(count, arguments, "w:g:k:p:a:r:m")) != -1) {
    switch (option) {
      case 'w': settings.writers = atoi(optarg); break;
      case 'g': settings.group = (size_t)atol(optarg); break;
      case 'k': settings.keys = (size_t)atol(optarg); break;
      case 'p': if (sscanf(optarg, "%d/%d", &settings.part, &settings.parts) != 2) return usage(); break;
      case 'a': settings.acknowledgements = optarg; break;
      case 'r': settings.replayed = (size_t)atol(optarg); break;
      case 'm': settings.merges = true; break;
      default: return usage();
    }
  }
  if (count - optind != 2 || settings.parts < 1) return usage();
  if (settings.writers < 1 || settings.writers > MOST_WRITERS) return usage();
  settings.conninfo = arguments[optind];
  settings.frames = arguments[optind + 1];
  return write_blocks(settings);
}

int main(int count, char **arguments) {
  if (count < 3) return usage();
  const char *command = arguments[1];
  int rounds = count > 3 ? atoi(arguments[3]) : 20;
  if (strcmp(command, "write") == 0) return run_writers(count - 1, arguments + 1);
  if (strcmp(command, "verify") == 0 && count == 4) return verify_blocks(arguments[2], arguments[3]);
  if (strcmp(command, "ask-blocks") == 0) return ask_blocks(arguments[2], rounds);
  if (strcmp(command, "ask-rows") == 0) return ask_rows(arguments[2], rounds);
  if (strcmp(command, "settle") == 0) return settle_blocks(arguments[2]);
  if (strcmp(command, "rows") == 0 && count == 4) return write_rows(arguments[2], arguments[3]);
  return usage();
}
