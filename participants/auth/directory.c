#include "auth/directory.h"

#include "auth/schema.h"
#include "base/fault.h"
#include "service/demo.h"
#include "service/message.h"

#include <stdio.h>
#include <string.h>

struct rule {
    const char *side;
    const char *number;
    const char *code;
};

/* The test numbers of the messaging API. A From that is not listed is simply not owned. */
static const struct rule demo_rules[] = {
    {"from", "+15005550001", "21212"}, /* Not valid. */
    {"to", "+15005550001", "21211"},   /* Not valid. */
    {"to", "+15005550002", "21612"},   /* Cannot be routed. */
    {"to", "+15005550009", "21614"},   /* Cannot receive messages. */
};

#define DEMO_OPTED_OUT "+15005550004"

/* Run a statement whose values are all text. */
static int run_texts(struct database *database, enum auth_statement statement,
                     const char *const *texts, int count)
{
    struct query *query = database_query(database, statement);

    for (int i = 0; i < count; i++)
        query_text(query, i + 1, texts[i]);
    return query_run(query);
}

static int add_pair(struct database *database, enum auth_statement statement, const char *first,
                    const char *second)
{
    const char *const texts[] = {first, second};

    return run_texts(database, statement, texts, 2);
}

static int seed_rules(struct database *database, const char *account)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < sizeof demo_rules / sizeof demo_rules[0]; i++) {
        const struct rule *rule = &demo_rules[i];
        const char *const texts[] = {account, rule->side, rule->number, rule->code};
        r = run_texts(database, AUTH_RULE_ADD, texts, 4);
    }
    return pass(r);
}

/* The demo pool is named after its account, so that it is known without asking: MG, same digits. */
static int seed_pool(struct database *database, const char *account)
{
    char pool[DEMO_ACCOUNT_SIZE];

    snprintf(pool, sizeof pool, "MG%s", account + 2);
    int r = add_pair(database, AUTH_POOL_ADD, pool, account);
    return r != 0 ? pass(r) : add_pair(database, AUTH_POOL_SENDER_ADD, pool, DEMO_SENDER);
}

int directory_seed(struct service_context *context, const char *account)
{
    struct database *database = context->database;
    int r = run_texts(database, AUTH_ACCOUNT_SEED, &account, 1);

    if (r == 0)
        r = add_pair(database, AUTH_SENDER_ADD, account, DEMO_SENDER);
    if (r == 0)
        r = add_pair(database, AUTH_SENDER_ADD, account, DEMO_SENDER_QUEUE_FULL);
    if (r == 0)
        r = seed_pool(database, account);
    if (r == 0)
        r = add_pair(database, AUTH_OPT_OUT_ADD, account, DEMO_OPTED_OUT);
    return r != 0 ? pass(r) : seed_rules(database, account);
}

static int refuse_question(json_t *answer, const char *why)
{
    json_object_set_new(answer, "error", json_string(why));
    return SERVICE_REFUSED_QUESTION;
}

static int answer_stats(struct database *database, json_t *answer)
{
    static const char *const names[] = {"accounts", "senders", "pools", "opt_outs"};
    struct query *query = database_query(database, AUTH_STATS);
    int r = query_row(query);

    if (r != QUERY_ROW)
        return r == 0 ? fault(FAULT_CORRUPT) : pass(r);
    for (int i = 0; i < 4; i++)
        json_object_set_new(answer, names[i], json_integer(query_get_number(query, i)));
    query_end(query);
    return 0;
}

static int set_account(struct database *database, const struct question *question, json_t *answer)
{
    const char *state = question->state == NULL ? "active" : question->state;

    if (strcmp(state, "active") != 0 && strcmp(state, "suspended") != 0)
        return refuse_question(answer, "a state is active or suspended");
    json_object_set_new(answer, "state", json_string(state));
    return add_pair(database, AUTH_ACCOUNT_SET, question->account, state);
}

/* A pool belongs to the account that named it first. */
static int add_to_pool(struct database *database, const struct question *question, json_t *answer)
{
    int64_t ours = 0;
    int r = add_pair(database, AUTH_POOL_ADD, question->pool, question->account);

    if (r != 0)
        return pass(r);
    struct query *query = database_query(database, AUTH_POOL);
    query_text(query, 1, question->pool);
    query_text(query, 2, question->account);
    r = query_one(query, &ours);
    if (r < 0)
        return pass(r);
    if (!ours)
        return refuse_question(answer, "the pool belongs to another account");
    return add_pair(database, AUTH_POOL_SENDER_ADD, question->pool, question->number);
}

static int add_sender(struct database *database, const struct question *question, json_t *answer)
{
    int r = question->pool == NULL ? 0 : add_to_pool(database, question, answer);

    if (r != 0)
        return pass(r);
    json_object_set_new(answer, "sender", json_string(question->number));
    return add_pair(database, AUTH_SENDER_ADD, question->account, question->number);
}

/* Senders and opt-outs belong to an account that is there. */
static int find_account(struct database *database, const char *account, json_t *answer)
{
    struct query *query = database_query(database, AUTH_ACCOUNT);
    int64_t active;

    query_text(query, 1, account);
    int r = query_one(query, &active);
    return r == QUERY_ROW ? 0 : r == 0 ? refuse_question(answer, "no such account") : pass(r);
}

static int answer_number(struct database *database, const struct question *question, json_t *answer)
{
    if (question->number == NULL)
        return refuse_question(answer, "which number?");
    int r = find_account(database, question->account, answer);
    if (r != 0)
        return pass(r);
    if (strcmp(question->ask, "sender") == 0)
        return add_sender(database, question, answer);
    json_object_set_new(answer, "opted_out", json_string(question->number));
    return add_pair(database, AUTH_OPT_OUT_ADD, question->account, question->number);
}

int directory_answer(struct service_context *context, const struct question *question,
                     json_t *answer)
{
    bool about_account = strcmp(question->ask, "account") == 0;
    bool about_number =
        strcmp(question->ask, "sender") == 0 || strcmp(question->ask, "opt-out") == 0;

    if (strcmp(question->ask, "stats") == 0)
        return answer_stats(context->database, answer);
    if (!about_account && !about_number)
        return SERVICE_UNKNOWN_QUESTION;
    if (question->account == NULL)
        return refuse_question(answer, "which account?");
    return about_account ? set_account(context->database, question, answer)
                         : answer_number(context->database, question, answer);
}
