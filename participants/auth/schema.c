#include "auth/schema.h"

/* Laid out as SQL, not as C. */
/* clang-format off */
static const char tables[] =
    "CREATE TABLE account ("
    "  sid TEXT PRIMARY KEY,"
    "  state TEXT NOT NULL CHECK (state IN ('active', 'suspended'))"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE sender ("
    "  number TEXT NOT NULL,"
    "  account TEXT NOT NULL REFERENCES account,"
    "  PRIMARY KEY (account, number)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE pool ("
    "  sid TEXT PRIMARY KEY,"
    "  account TEXT NOT NULL REFERENCES account"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE pool_sender ("
    "  pool TEXT NOT NULL REFERENCES pool,"
    "  number TEXT NOT NULL,"
    "  PRIMARY KEY (pool, number)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE opt_out ("
    "  account TEXT NOT NULL REFERENCES account,"
    "  recipient TEXT NOT NULL,"
    "  sender TEXT NOT NULL," /* '': from any sender of the account. */
    "  PRIMARY KEY (account, recipient, sender)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE number_rule ("
    "  account TEXT NOT NULL REFERENCES account,"
    "  side TEXT NOT NULL CHECK (side IN ('from', 'to')),"
    "  number TEXT NOT NULL,"
    "  code TEXT NOT NULL,"
    "  PRIMARY KEY (account, side, number)"
    ") STRICT, WITHOUT ROWID;";

static const char *const statements[AUTH_STATEMENT_COUNT] = {
    [AUTH_ACCOUNT] = "SELECT state = 'active' FROM account WHERE sid = ?1",
    [AUTH_ACCOUNT_SET] = "INSERT INTO account (sid, state) VALUES (?1, ?2)"
                         " ON CONFLICT DO UPDATE SET state = ?2",
    [AUTH_ACCOUNT_SEED] = "INSERT INTO account (sid, state) VALUES (?1, 'active')"
                          " ON CONFLICT DO NOTHING",
    [AUTH_SENDER] = "SELECT 1 FROM sender WHERE account = ?1 AND number = ?2",
    [AUTH_SENDER_ADD] = "INSERT INTO sender (account, number) VALUES (?1, ?2)"
                        " ON CONFLICT DO NOTHING",
    [AUTH_POOL] = "SELECT account = ?2 FROM pool WHERE sid = ?1",
    [AUTH_POOL_ADD] = "INSERT INTO pool (sid, account) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
    [AUTH_POOL_SENDERS] = "SELECT count(*) FROM pool_sender WHERE pool = ?1",
    [AUTH_POOL_SENDER_AT] = "SELECT number FROM pool_sender WHERE pool = ?1 ORDER BY number"
                            " LIMIT 1 OFFSET ?2",
    [AUTH_POOL_SENDER_ADD] = "INSERT INTO pool_sender (pool, number) VALUES (?1, ?2)"
                             " ON CONFLICT DO NOTHING",
    [AUTH_OPT_OUT] = "SELECT 1 FROM opt_out WHERE account = ?1 AND recipient = ?2"
                     " AND sender IN ('', ?3)",
    [AUTH_OPT_OUT_ADD] = "INSERT INTO opt_out (account, recipient, sender) VALUES (?1, ?2, '')"
                         " ON CONFLICT DO NOTHING",
    [AUTH_RULE] = "SELECT code FROM number_rule WHERE account = ?1 AND side = ?2 AND number = ?3",
    [AUTH_RULE_ADD] = "INSERT INTO number_rule (account, side, number, code)"
                      " VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
    [AUTH_STATS] = "SELECT (SELECT count(*) FROM account), (SELECT count(*) FROM sender),"
                   " (SELECT count(*) FROM pool), (SELECT count(*) FROM opt_out)",
};

/* clang-format on */

const struct database_schema auth_schema = {
    .name = "auth",
    .version = 1,
    .tables = tables,
    .statements = statements,
    .statement_count = AUTH_STATEMENT_COUNT,
};
