#include "messaging/schema.h"

#define TEXT_OF(number) #number
#define NUMBER_TEXT(number) TEXT_OF(number)

/* Laid out as SQL, not as C. */
/* clang-format off */
static const char tables[] =
    "CREATE TABLE lane ("
    "  sender TEXT PRIMARY KEY," /* '': everybody without a lane of their own. */
    "  bound INTEGER NOT NULL CHECK (bound >= 0),"
    "  waiting INTEGER NOT NULL DEFAULT 0 CHECK (waiting >= 0),"
    "  taken INTEGER NOT NULL DEFAULT 0 CHECK (taken >= 0),"
    "  done INTEGER NOT NULL DEFAULT 0 CHECK (done >= 0)"
    ") STRICT, WITHOUT ROWID;"
    "INSERT INTO lane (sender, bound) VALUES ('', " NUMBER_TEXT(MESSAGING_BOUND) ");"

    "CREATE TABLE message ("
    "  number INTEGER PRIMARY KEY,"
    "  sid TEXT NOT NULL UNIQUE,"
    "  account TEXT NOT NULL,"
    "  lane TEXT NOT NULL REFERENCES lane,"
    "  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'taken', 'done')),"
    "  taken_ms INTEGER NOT NULL DEFAULT 0,"
    "  takes INTEGER NOT NULL DEFAULT 0,"
    "  payload TEXT NOT NULL" /* JSON; emptied when done. */
    ") STRICT;"
    "CREATE INDEX message_waiting ON message (number) WHERE state = 'waiting';"
    "CREATE INDEX message_taken ON message (taken_ms) WHERE state = 'taken';"
    "CREATE INDEX message_taken_again ON message (takes) WHERE takes > 1;";

static const char *const statements[MESSAGING_STATEMENT_COUNT] = {
    [MESSAGING_LANE] = "SELECT sender, bound, waiting FROM lane WHERE sender IN (?1, '')"
                       " ORDER BY sender DESC LIMIT 1",
    [MESSAGING_LANE_SEED] = "INSERT INTO lane (sender, bound) VALUES (?1, ?2)"
                            " ON CONFLICT DO NOTHING",
    [MESSAGING_LANE_MOVE] = "UPDATE lane SET waiting = waiting + ?2, taken = taken + ?3,"
                            " done = done + ?4 WHERE sender = ?1",
    [MESSAGING_MESSAGE] = "SELECT number, lane, state, takes FROM message WHERE sid = ?1",
    [MESSAGING_MESSAGE_ADD] = "INSERT INTO message (sid, account, lane, payload)"
                              " VALUES (?1, ?2, ?3, ?4)",
    /* A clock that was set back must not make a lease longer. */
    [MESSAGING_EXPIRED] = "SELECT number, lane FROM message WHERE state = 'taken'"
                          " AND (taken_ms <= ?1 OR taken_ms > ?2) LIMIT ?3",
    [MESSAGING_NEXT] = "SELECT number, lane, payload FROM message WHERE state = 'waiting'"
                       " ORDER BY number LIMIT 1",
    [MESSAGING_TAKE] = "UPDATE message SET state = 'taken', taken_ms = ?2, takes = takes + 1"
                       " WHERE number = ?1",
    [MESSAGING_GIVE_BACK] = "UPDATE message SET state = 'waiting' WHERE number = ?1",
    [MESSAGING_FINISH] = "UPDATE message SET state = 'done', payload = '' WHERE number = ?1",
    [MESSAGING_LANES] = "SELECT sender, bound, waiting, taken, done FROM lane ORDER BY sender",
    [MESSAGING_TAKEN_AGAIN] = "SELECT count(*) FROM message WHERE takes > 1",
};

/* clang-format on */

const struct database_schema messaging_schema = {
    .name = "messaging",
    .version = 1,
    .tables = tables,
    .statements = statements,
    .statement_count = MESSAGING_STATEMENT_COUNT,
};
