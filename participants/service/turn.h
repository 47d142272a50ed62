/*
 * A turn at the database for a thread that is not the worker's.
 *
 *   worker    BEGIN ── calls ── COMMIT                    BEGIN ── …
 *   question                          turn_begin ── turn_end
 *
 * There is one connection, so a statement that slipped between the worker's BEGIN and COMMIT would
 * become part of its transaction: seen before it is durable, and rolled back with it. A turn holds
 * SQLite's own mutex of the connection, which every step takes, and begins only when no
 * transaction is open; the worker's next BEGIN then waits at that mutex until the turn ends.
 */
#ifndef PARTICIPANTS_SERVICE_TURN_H
#define PARTICIPANTS_SERVICE_TURN_H

#include "service/database.h"

enum { TURN_BUSY = 1 };

/*
 * Begin a transaction of one's own. 0 and the connection is this thread's until turn_end;
 * TURN_BUSY when the worker left no gap for two seconds; a fault.
 */
int turn_begin(struct database *database);

/* Commit when @result is 0, else roll back; then let the others go on. The final result. */
int turn_end(struct database *database, int result);

#endif
