/*
 * Money, so that what a saga promises can be told by sums. Each participant with a guard keeps an
 * account for each tenant:
 *
 *   balance ──do──▶ reserved ──a confirming step, after the pivot──▶ captured
 *      ▲              │  │       (what nobody confirms is captured by the do itself)
 *      └────undo──────┘◀─┘
 *
 * All of it lies in the participant's own database, moved by the handlers inside the guard's
 * transaction: the account in one statement, the reservation in another, so that work which is half
 * done and kept shows in the sum. Steps after the pivot confirm, in order, what was reserved at the
 * same participant before it.
 */
#include "simulation/money.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>

#define AMOUNT_MOST 50u
#define RICH 1000000000
#define POOR_EACH 11 /* A client's share, when there is not enough for all. */

static const char schema[] =
    "CREATE TABLE account (tenant INTEGER PRIMARY KEY, balance INTEGER NOT NULL);"
    "INSERT INTO account VALUES (0, 0), (1, 0)";

static struct sqlite3_stmt *prepare(struct ledger *ledger, const char *text)
{
    struct sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v3(ledger->database, text, -1, SQLITE_PREPARE_PERSISTENT,
                                  &statement, NULL);

    assert(code == SQLITE_OK);
    return statement;
}

void money_open(struct ledger *ledger)
{
    int code = sqlite3_exec(ledger->database, schema, NULL, NULL, NULL);

    assert(code == SQLITE_OK);
    ledger->move = prepare(ledger, "UPDATE account SET balance = balance + ?1 WHERE tenant = ?2");
    ledger->balance = prepare(ledger, "SELECT balance FROM account WHERE tenant = ?1");
    ledger->capture = prepare(ledger, "UPDATE effect SET captured = 1 WHERE op = ?1");
    ledger->sums = prepare(ledger, "SELECT min(balance), sum(balance) +"
                                   " (SELECT total(amount) FROM effect) FROM account");
}

void money_close(struct ledger *ledger)
{
    sqlite3_finalize(ledger->move);
    sqlite3_finalize(ledger->balance);
    sqlite3_finalize(ledger->capture);
    sqlite3_finalize(ledger->sums);
}

/* Everybody's account at the beginning of a world. */
void money_begin(struct world *world)
{
    bool poor = world->swarm.per_mille[MISHAP_POOR] != 0;
    char text[64];

    world->money = poor ? (int64_t)world->client_count * POOR_EACH : RICH;
    snprintf(text, sizeof text, "UPDATE account SET balance = %lld", (long long)world->money);
    for (uint32_t i = 0; i < SIM_PARTICIPANTS; i++)
        sqlite3_exec(world->ledgers[i].database, text, NULL, NULL, NULL);
}

/* ---- what a step moves ---- */

static bool is_paid(const struct world *world, const struct ledger *ledger)
{
    return world->options.script == NULL && !ledger->unguarded;
}

static const struct shape *shape_of(const struct world *world, uint32_t saga)
{
    return &world->oracle.shapes[world->oracle.sagas[saga].shape];
}

/* Nothing for a step that confirms another one's reservation. */
int64_t money_amount(const struct world *world, const struct ledger *ledger, uint32_t saga,
                     uint8_t step)
{
    if (!is_paid(world, ledger) || shape_of(world, saga)->steps[step].confirms != SIM_NO_STEP)
        return 0;
    return 1 + (int64_t)(chance_mix(((uint64_t)saga << 8) + step) % AMOUNT_MOST);
}

bool money_is_captured(const struct world *world, uint32_t saga, uint8_t step)
{
    return !shape_of(world, saga)->steps[step].confirmed;
}

static uint32_t account_of(const struct world *world, uint32_t saga)
{
    return world->oracle.sagas[saga].client % SIM_TENANTS;
}

/* The balance is asked for by itself: RETURNING makes a table for it each time. */
static void move(struct world *world, struct ledger *ledger, uint32_t saga, int64_t by)
{
    sqlite3_bind_int64(ledger->move, 1, by);
    sqlite3_bind_int64(ledger->move, 2, account_of(world, saga));
    int code = sqlite3_step(ledger->move);
    assert(code == SQLITE_DONE);
    sqlite3_reset(ledger->move);
}

static int64_t balance(struct world *world, struct ledger *ledger, uint32_t saga)
{
    sqlite3_bind_int64(ledger->balance, 1, account_of(world, saga));
    int code = sqlite3_step(ledger->balance);
    assert(code == SQLITE_ROW);
    int64_t is = sqlite3_column_int64(ledger->balance, 0);
    sqlite3_reset(ledger->balance);
    return is;
}

/* False when there is not enough: then it relies on the guard to take back what it has done. */
bool money_pay(struct world *world, struct ledger *ledger, const struct job *job)
{
    int64_t amount = money_amount(world, ledger, job->saga, job->step);
    uint8_t confirms = shape_of(world, job->saga)->steps[job->step].confirms;

    if (!is_paid(world, ledger))
        return true;
    if (confirms != SIM_NO_STEP) {
        sqlite3_bind_int64(ledger->capture, 1, (sqlite3_int64)job->saga * 32 + confirms);
        int code = sqlite3_step(ledger->capture);
        assert(code == SQLITE_DONE);
        sqlite3_reset(ledger->capture);
        return true;
    }
    move(world, ledger, job->saga, -amount);
    if (balance(world, ledger, job->saga) >= 0)
        return true;
    world->swarm.counts[MISHAP_POOR]++;
    world_reach(world, MISHAP_POOR, job->saga, job->step);
    return false;
}

/* Also half of an undo that then fails: the account is paid, the reservation is still there. */
void money_give_back(struct world *world, struct ledger *ledger, const struct job *job)
{
    int64_t amount = money_amount(world, ledger, job->saga, job->step);

    if (amount != 0)
        move(world, ledger, job->saga, amount);
}

/* ---- sums ---- */

/* At a quiet moment, when no transaction is open: I-46 and I-47, by what is in the database. */
void money_audit(struct world *world, uint32_t participant)
{
    struct ledger *ledger = &world->ledgers[participant];

    if (!is_paid(world, ledger) || ledger->open)
        return;
    int code = sqlite3_step(ledger->sums);
    assert(code == SQLITE_ROW);
    int64_t least = sqlite3_column_int64(ledger->sums, 0);
    int64_t sum = (int64_t)sqlite3_column_double(ledger->sums, 1);
    sqlite3_reset(ledger->sums);
    world->oracle.checks++;
    if (sum != SIM_TENANTS * world->money)
        oracle_violated(&world->oracle, 46, "p%u has %lld of the %lld that there were",
                        participant, (long long)sum, (long long)(SIM_TENANTS * world->money));
    if (least < 0)
        oracle_violated(&world->oracle, 47, "an account of p%u is at %lld", participant,
                        (long long)least);
}

static bool is_decided_by_person(const struct oracle_saga *saga)
{
    bool by_person = saga->phase == TERMINATED;

    for (uint32_t i = 0; i < SIM_STEPS_MAX; i++)
        by_person = by_person || saga->steps[i].by_person;
    return by_person;
}

/* At the end, one reservation: whose is it, and is it as much as was planned? */
void money_compare(struct world *world, const struct ledger *ledger, const struct money_row *row)
{
    const struct oracle_saga *saga = &world->oracle.sagas[row->saga];
    int64_t planned = money_amount(world, ledger, row->saga, row->step);

    if (!is_paid(world, ledger) || is_decided_by_person(saga))
        return;
    if (row->amount != (row->effects > 0 ? planned : 0))
        oracle_violated(&world->oracle, 48, "saga %u step %u moved %lld, planned were %lld",
                        row->saga, row->step, (long long)row->amount, (long long)planned);
    if (row->amount != 0 && oracle_is_over(saga) && (saga->phase != COMPLETED || !row->captured))
        oracle_violated(&world->oracle, 47, "saga %u has ended, step %u still reserves %lld",
                        row->saga, row->step, (long long)row->amount);
}
