/*
 * Billing under everything that a network and a crash can do to it, through the guard.
 *
 * Random calls of a few sagas, in any order and any number, in messages that are committed or lost.
 * After every message the books are conserved and agree with a model of what was decided.
 */
#include "billing/billing.h"
#include "participants/rig.h"
#include "saga/guard.h"

#include <stdio.h>
#include <string.h>

#define SAGAS 12
#define MESSAGES 1500
#define CALLS_MAX 4
#define SEEDS 4
#define PRICE 7900
#define FUNDS (5 * PRICE) /* Fewer than there are sagas, so that some are refused. */
#define QUOTA 7

enum money { MONEY_NONE, MONEY_HELD, MONEY_REFUSED, MONEY_RELEASED, MONEY_CAPTURED, MONEY_FENCED };
enum quota { QUOTA_NONE, QUOTA_HELD, QUOTA_REFUSED, QUOTA_RELEASED, QUOTA_FENCED };
enum confirm { CONFIRM_NONE, CONFIRM_DONE, CONFIRM_REFUSED };

struct model {
    enum money money[SAGAS];
    enum quota quota[SAGAS];
    enum confirm confirm[SAGAS];
};

enum operation {
    RESERVE_QUOTA,
    RELEASE_QUOTA,
    RESERVE_BALANCE,
    RELEASE_BALANCE,
    CONFIRM,
    OPERATION_COUNT,
};

static const char *const operations[] = {"reserve_quota", "release_quota", "reserve_balance",
                                         "release_balance", "confirm"};

static const char input[] = "{\"account_sid\":\"" RIG_ACCOUNT "\",\"body\":\"hello\"}";

static uint64_t random_state;

/* xorshift64*: the seed is printed when something is wrong. */
static uint32_t random_below(uint32_t bound)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (uint32_t)((random_state * 2685821657736338717u) >> 33) % bound;
}

static int count_of(const struct model *model, enum money money)
{
    int count = 0;

    for (int i = 0; i < SAGAS; i++)
        count += model->money[i] == money;
    return count;
}

static int quota_held(const struct model *model)
{
    int count = 0;

    for (int i = 0; i < SAGAS; i++)
        count += model->quota[i] == QUOTA_HELD;
    return count;
}

static enum participant_verdict expect_reserve_quota(struct model *model, int saga)
{
    enum quota *quota = &model->quota[saga];

    if (*quota == QUOTA_NONE)
        *quota = quota_held(model) < QUOTA ? QUOTA_HELD : QUOTA_REFUSED;
    switch (*quota) {
    case QUOTA_HELD:
    case QUOTA_RELEASED:
        return PARTICIPANT_DONE; /* Also after its undo, the first answer is the answer. */
    case QUOTA_REFUSED:
        return PARTICIPANT_REJECTED;
    case QUOTA_FENCED:
    case QUOTA_NONE:
        break;
    }
    return PARTICIPANT_FENCED;
}

static enum participant_verdict expect_release_quota(struct model *model, int saga)
{
    enum quota *quota = &model->quota[saga];

    if (*quota == QUOTA_NONE)
        *quota = QUOTA_FENCED;
    if (*quota == QUOTA_HELD)
        *quota = QUOTA_RELEASED;
    return PARTICIPANT_DONE;
}

static enum participant_verdict expect_reserve_balance(struct model *model, int saga)
{
    enum money *money = &model->money[saga];
    int spent = count_of(model, MONEY_HELD) + count_of(model, MONEY_CAPTURED);

    if (*money == MONEY_NONE)
        *money = (spent + 1) * PRICE <= FUNDS ? MONEY_HELD : MONEY_REFUSED;
    switch (*money) {
    case MONEY_HELD:
    case MONEY_RELEASED:
    case MONEY_CAPTURED:
        return PARTICIPANT_DONE;
    case MONEY_REFUSED:
        return PARTICIPANT_REJECTED;
    case MONEY_FENCED:
    case MONEY_NONE:
        break;
    }
    return PARTICIPANT_FENCED;
}

static enum participant_verdict expect_release_balance(struct model *model, int saga)
{
    enum money *money = &model->money[saga];

    if (*money == MONEY_CAPTURED)
        return PARTICIPANT_REJECTED;
    if (*money == MONEY_NONE)
        *money = MONEY_FENCED;
    if (*money == MONEY_HELD)
        *money = MONEY_RELEASED;
    return PARTICIPANT_DONE;
}

static enum participant_verdict expect_confirm(struct model *model, int saga)
{
    enum confirm *confirm = &model->confirm[saga];

    if (*confirm == CONFIRM_NONE) {
        *confirm = model->money[saga] == MONEY_HELD ? CONFIRM_DONE : CONFIRM_REFUSED;
        if (*confirm == CONFIRM_DONE)
            model->money[saga] = MONEY_CAPTURED;
    }
    return *confirm == CONFIRM_DONE ? PARTICIPANT_DONE : PARTICIPANT_REJECTED;
}

static enum participant_verdict expected(struct model *model, int saga, enum operation operation)
{
    switch (operation) {
    case RESERVE_QUOTA:
        return expect_reserve_quota(model, saga);
    case RELEASE_QUOTA:
        return expect_release_quota(model, saga);
    case RESERVE_BALANCE:
        return expect_reserve_balance(model, saga);
    case RELEASE_BALANCE:
        return expect_release_balance(model, saga);
    case CONFIRM:
        return expect_confirm(model, saga);
    case OPERATION_COUNT:
        break;
    }
    fail_msg("no such operation");
    return PARTICIPANT_DONE;
}

/* One random call; the guard's verdict is the model's. */
static void call_once(struct rig *rig, struct guard *guard, struct model *model)
{
    int saga = (int)random_below(SAGAS);
    enum operation operation = (enum operation)random_below(OPERATION_COUNT);
    participant_handler *handler;
    char id[128], sid[40];

    snprintf(sid, sizeof sid, "SM%032x", saga);
    struct participant_call call =
        rig_make_call(&billing_service, operations[operation], sid, input, &handler);
    bool undo = call.direction == PARTICIPANT_UNDO;
    snprintf(id, sizeof id, "saga_%02d/%s/%s", saga, call.step, undo ? "undo" : "do.0");
    call.operation_id = id;
    memset(&rig->answer, 0, sizeof rig->answer);
    assert_int_equal(guard_run(guard, &call, handler, &rig->context, &rig->answer), 0);

    enum participant_verdict verdict = expected(model, saga, operation);
    if (rig->answer.verdict != verdict)
        fail_msg("%s of saga %d: verdict %d, expected %d (%s)", operations[operation], saga,
                 rig->answer.verdict, verdict, rig->answer.text);
}

static void expect_books(struct rig *rig, const struct model *model)
{
    json_t *books = rig_ask(rig, "{\"ask\":\"books\"}");
    int held = count_of(model, MONEY_HELD), captured = count_of(model, MONEY_CAPTURED);

    assert_true(json_is_true(json_object_get(books, "conserved")));
    assert_int_equal(rig_number(books, "duplicate_captures"), 0);
    assert_int_equal(rig_number(books, "captures"), captured);
    assert_int_equal(rig_number_at(books, "accounts", 0, "reserved"), held * PRICE);
    assert_int_equal(rig_number_at(books, "accounts", 0, "captured"), captured * PRICE);
    assert_int_equal(rig_number_at(books, "accounts", 0, "balance"),
                     FUNDS - (held + captured) * PRICE);
    assert_int_equal(rig_number_at(books, "accounts", 0, "quota_used"), quota_held(model));
    json_decref(books);
}

/* A poor account with a quota, instead of the demo account that has everything. */
static void make_poor(struct rig *rig)
{
    char question[256];

    assert_int_equal(database_open_memory(billing_service.schema, &rig->context.database), 0);
    snprintf(question, sizeof question,
             "{\"ask\":\"account\",\"account\":\"" RIG_ACCOUNT "\",\"fund\":%d,"
             "\"daily_quota\":%d}",
             FUNDS, QUOTA);
    json_decref(rig_ask(rig, question));
}

static void run_seed(uint64_t seed)
{
    struct rig rig = {.service = &billing_service, .context.now_ms = rig_clock};
    struct model model = {0};
    struct guard *guard;

    print_message("seed %llu\n", (unsigned long long)seed);
    random_state = seed;
    make_poor(&rig);
    assert_int_equal(guard_open(database_handle(rig.context.database), &guard), 0);
    for (int message = 0; message < MESSAGES; message++) {
        struct model before = model;
        assert_int_equal(guard_begin(guard), 0);
        for (uint32_t calls = random_below(CALLS_MAX) + 1; calls > 0; calls--)
            call_once(&rig, guard, &model);
        if (random_below(4) == 0) { /* The process dies before the commit. */
            guard_rollback(guard);
            model = before;
        } else {
            assert_int_equal(guard_commit(guard), 0);
        }
        expect_books(&rig, &model);
    }
    guard = guard_close(guard);
    rig_fini(&rig);
}

static void money_is_conserved_whatever_arrives_in_whatever_order(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        run_seed(seed * 0x9e3779b97f4a7c15u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(money_is_conserved_whatever_arrives_in_whatever_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
