#include "service/turn.h"

#include "base/clock.h"
#include "base/fault.h"

#include <sqlite3.h>
#include <time.h>

#define TURN_WAIT_MS 2000u
#define TURN_PAUSE_NS 200000 /* A transaction takes about a millisecond. */

/*
 * Most of a transaction is its COMMIT, which holds the mutex throughout: who waits for the mutex
 * usually wakes in the gap right after it, and otherwise tries again shortly.
 */
int turn_begin(struct database *database)
{
    sqlite3_mutex *mutex = sqlite3_db_mutex(database_handle(database));
    const struct timespec pause = {.tv_nsec = TURN_PAUSE_NS};
    uint64_t until_ms = instant_now().monotonic_ms + TURN_WAIT_MS;

    sqlite3_mutex_enter(mutex);
    while (!sqlite3_get_autocommit(database_handle(database))) {
        sqlite3_mutex_leave(mutex);
        if (instant_now().monotonic_ms > until_ms)
            return TURN_BUSY;
        nanosleep(&pause, NULL);
        sqlite3_mutex_enter(mutex);
    }
    int r = database_begin(database);
    if (r != 0)
        sqlite3_mutex_leave(mutex);
    return pass(r);
}

int turn_end(struct database *database, int result)
{
    if (result == 0)
        result = database_commit(database);
    if (result != 0)
        database_rollback(database);
    sqlite3_mutex_leave(sqlite3_db_mutex(database_handle(database)));
    return pass(result);
}
