// Events of stored blocks, and of batches in a file.
#ifndef STORED_H
#define STORED_H

#include "batch.h"
#include "database.h"

// Called for each event. False when it has enough.
typedef bool (*visitor)(const struct event *event, void *context);

// Visits the stored events of one row of a result with the columns raw, columns, dropped. False when the visitor has
// enough.
bool visit_block(const PGresult *rows, int row, visitor visit, void *context);
// Visits the stored events of all blocks that a query gives.
void visit_all(PGconn *connection, const char *query, visitor visit, void *context);
// Visits the events of all batches of a file, duplicates as well.
void visit_frames(const char *frames, visitor visit, void *context);
// Milliseconds of a clock that only rises.
double milliseconds(void);

#endif
