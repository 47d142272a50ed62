#include "billing/schema.h"

/* Laid out as SQL, not as C. */
/* clang-format off */
static const char tables[] =
    "CREATE TABLE account ("
    "  sid TEXT PRIMARY KEY,"
    "  price INTEGER NOT NULL CHECK (price >= 0)," /* Of one segment. */
    "  daily_quota INTEGER CHECK (daily_quota >= 0)" /* NULL: none. */
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE ledger ("
    "  number INTEGER PRIMARY KEY,"
    "  owner TEXT NOT NULL,"
    "  kind TEXT NOT NULL CHECK (kind IN ('funding', 'available', 'reserved', 'captured')),"
    "  balance INTEGER NOT NULL DEFAULT 0 CHECK (kind = 'funding' OR balance >= 0),"
    "  UNIQUE (owner, kind)"
    ") STRICT;"

    "CREATE TABLE transfer ("
    "  number INTEGER PRIMARY KEY,"
    "  saga TEXT NOT NULL," /* '' for money that comes from outside. */
    "  what TEXT NOT NULL CHECK (what IN ('fund', 'reserve', 'release', 'capture')),"
    "  at_ms INTEGER NOT NULL"
    ") STRICT;"
    /* Not unique: that a saga is captured once is the work's to get right and the books' to see. */
    "CREATE INDEX transfer_saga ON transfer (saga) WHERE saga > '';"

    "CREATE TABLE entry ("
    "  transfer INTEGER NOT NULL REFERENCES transfer,"
    "  ledger INTEGER NOT NULL REFERENCES ledger,"
    "  amount INTEGER NOT NULL,"
    "  PRIMARY KEY (transfer, ledger)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TRIGGER entry_is_never_changed BEFORE UPDATE ON entry"
    "  BEGIN SELECT RAISE(ABORT, 'entries are only ever added'); END;"
    "CREATE TRIGGER entry_is_never_removed BEFORE DELETE ON entry"
    "  BEGIN SELECT RAISE(ABORT, 'entries are only ever added'); END;"

    "CREATE TABLE reservation ("
    "  saga TEXT NOT NULL,"
    "  step TEXT NOT NULL,"
    "  account TEXT NOT NULL,"
    "  amount INTEGER NOT NULL CHECK (amount >= 0),"
    "  segments INTEGER NOT NULL,"
    "  state TEXT NOT NULL CHECK (state IN ('held', 'released', 'captured')),"
    "  PRIMARY KEY (saga, step)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX reservation_held ON reservation (account, amount) WHERE state = 'held';"

    "CREATE TABLE quota ("
    "  account TEXT NOT NULL,"
    "  day INTEGER NOT NULL," /* Days since 1970, UTC. */
    "  used INTEGER NOT NULL CHECK (used >= 0),"
    "  PRIMARY KEY (account, day)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE quota_hold ("
    "  saga TEXT NOT NULL,"
    "  step TEXT NOT NULL,"
    "  account TEXT NOT NULL,"
    "  day INTEGER NOT NULL,"
    "  released INTEGER NOT NULL DEFAULT 0,"
    "  PRIMARY KEY (saga, step)"
    ") STRICT, WITHOUT ROWID;";

static const char *const statements[BILLING_STATEMENT_COUNT] = {
    [BILLING_ACCOUNT] = "SELECT price, daily_quota FROM account WHERE sid = ?1",
    [BILLING_ACCOUNT_ADD] = "INSERT INTO account (sid, price) VALUES (?1, ?2)",
    [BILLING_ACCOUNT_PRICE] = "UPDATE account SET price = ?2 WHERE sid = ?1",
    [BILLING_ACCOUNT_QUOTA] = "UPDATE account SET daily_quota = ?2 WHERE sid = ?1",

    [BILLING_LEDGER] = "SELECT number, balance FROM ledger WHERE owner = ?1 AND kind = ?2",
    [BILLING_LEDGER_ADD] = "INSERT INTO ledger (owner, kind) VALUES (?1, ?2)",
    [BILLING_LEDGER_MOVE] = "UPDATE ledger SET balance = balance + ?2 WHERE number = ?1",
    [BILLING_TRANSFER_ADD] = "INSERT INTO transfer (saga, what, at_ms) VALUES (?1, ?2, ?3)"
                             " RETURNING number",
    [BILLING_ENTRY_ADD] = "INSERT INTO entry (transfer, ledger, amount) VALUES (?1, ?2, ?3)",

    [BILLING_RESERVATION] = "SELECT amount, segments, state, account FROM reservation"
                            " WHERE saga = ?1 AND step = ?2",
    [BILLING_RESERVATION_ADD] = "INSERT INTO reservation"
                                " (saga, step, account, amount, segments, state)"
                                " VALUES (?1, ?2, ?3, ?4, ?5, 'held')",
    [BILLING_RESERVATION_SET] = "UPDATE reservation SET state = ?3 WHERE saga = ?1 AND step = ?2",
    [BILLING_RESERVATIONS_OF] =
        "SELECT coalesce(sum(amount) FILTER (WHERE state = 'held'), 0),"
        " coalesce(sum(amount) FILTER (WHERE state = 'captured'), 0),"
        " count(*) FILTER (WHERE state = 'held'), count(*) FILTER (WHERE state = 'captured')"
        " FROM reservation WHERE saga = ?1 AND account = ?2",
    [BILLING_RESERVATIONS_CAPTURE] = "UPDATE reservation SET state = 'captured'"
                                     " WHERE saga = ?1 AND account = ?2 AND state = 'held'",

    [BILLING_QUOTA] = "SELECT used FROM quota WHERE account = ?1 AND day = ?2",
    [BILLING_QUOTA_ADD] = "INSERT INTO quota (account, day, used) VALUES (?1, ?2, max(?3, 0))"
                          " ON CONFLICT DO UPDATE SET used = used + ?3",
    [BILLING_QUOTA_HOLD] = "SELECT day, released, account FROM quota_hold"
                           " WHERE saga = ?1 AND step = ?2",
    [BILLING_QUOTA_HOLD_ADD] = "INSERT INTO quota_hold (saga, step, account, day)"
                               " VALUES (?1, ?2, ?3, ?4)",
    [BILLING_QUOTA_HOLD_RELEASE] = "UPDATE quota_hold SET released = 1"
                                   " WHERE saga = ?1 AND step = ?2",

    [BILLING_AUDIT_UNBALANCED] =
        "SELECT (SELECT count(*) FROM (SELECT transfer FROM entry GROUP BY transfer"
        "  HAVING sum(amount) <> 0 OR count(*) < 2))"
        " + (SELECT count(*) FROM transfer"
        "  WHERE NOT EXISTS (SELECT 1 FROM entry WHERE entry.transfer = transfer.number))",
    [BILLING_AUDIT_WRONG_BALANCE] =
        "SELECT count(*) FROM ledger l LEFT JOIN"
        " (SELECT ledger, sum(amount) AS total FROM entry GROUP BY ledger) e"
        " ON e.ledger = l.number WHERE l.balance <> coalesce(e.total, 0)",
    [BILLING_AUDIT_NEGATIVE] =
        "SELECT count(*) FROM ledger WHERE kind <> 'funding' AND balance < 0",
    [BILLING_AUDIT_WRONG_RESERVED] =
        "SELECT count(*) FROM ledger l LEFT JOIN"
        " (SELECT account, sum(amount) AS total FROM reservation WHERE state = 'held'"
        "  GROUP BY account) r"
        " ON r.account = l.owner WHERE l.kind = 'reserved' AND l.balance <> coalesce(r.total, 0)",
    [BILLING_CAPTURES] = "SELECT count(*) FROM transfer WHERE what = 'capture'",
    [BILLING_DUPLICATE_CAPTURES] =
        "SELECT count(*) FROM (SELECT saga FROM transfer WHERE what = 'capture'"
        " GROUP BY saga HAVING count(*) > 1)",
    [BILLING_PAGE_ACCOUNTS] =
        "SELECT a.sid,"
        " coalesce((SELECT balance FROM ledger WHERE owner = a.sid AND kind = 'available'), 0),"
        " coalesce((SELECT balance FROM ledger WHERE owner = a.sid AND kind = 'reserved'), 0),"
        " coalesce((SELECT balance FROM ledger WHERE owner = a.sid AND kind = 'captured'), 0),"
        " coalesce((SELECT used FROM quota WHERE account = a.sid AND day = ?2), 0)"
        " FROM account a WHERE a.sid > ?1 ORDER BY a.sid LIMIT ?3",
    [BILLING_PAGE_MESSAGES] =
        "SELECT t.saga, count(DISTINCT t.number) FILTER (WHERE t.what = 'capture'),"
        " coalesce(sum(e.amount) FILTER (WHERE l.kind = 'captured'), 0),"
        " coalesce(sum(e.amount) FILTER (WHERE l.kind = 'reserved'), 0)"
        " FROM transfer t JOIN entry e ON e.transfer = t.number"
        " JOIN ledger l ON l.number = e.ledger"
        " WHERE t.saga > '' AND t.saga > ?1 GROUP BY t.saga ORDER BY t.saga LIMIT ?2",
};

/* clang-format on */

const struct database_schema billing_schema = {
    .name = "billing",
    .version = 1,
    .tables = tables,
    .statements = statements,
    .statement_count = BILLING_STATEMENT_COUNT,
};
