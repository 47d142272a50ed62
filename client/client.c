/*
 * The client: questions in structs, answers in outcomes, and which of them may be repeated.
 *
 * A lost question is asked again within its time when that is right: always for looking, and for a
 * submit when each of its sagas has a key.
 */
#include "saga/client.h"

#include "base/clock.h"
#include "base/fault.h"
#include "codec/wire.h"
#include "core/limits.h"
#include "line.h"

#include <assert.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define CLIENT_TIMEOUT_MS 10000u
#define CLIENT_WAIT_MAX_MS 3600000u

struct client {
    struct line *line; /* Owned. */
    char account[SAGA_TENANT_SIZE];
    uint8_t credential[WIRE_CREDENTIAL_MAX];
    size_t credential_size;
    uint64_t number; /* Of this client; random. Outcomes of its sagas come to its Await. */
    uint32_t timeout_ms;

    pthread_mutex_t mutex;
    size_t kept_count; /* Outcomes that did not fit into client_next's array. */
    size_t kept_taken;
    struct client_outcome *kept; /* Owned. */
};

/* What went wrong last on this thread; per thread, so that nobody reads while another writes. */
static _Thread_local char last_error[256];

static void explain(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void explain(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(last_error, sizeof last_error, format, arguments);
    va_end(arguments);
}

static int fail(enum fault_code code, const char *what)
{
    explain("%s: %s", what, fault_name(fault(code)));
    return fault(code);
}

/* ---- open and close ---- */

static int check_options(const struct client_options *options)
{
    if (options->url == NULL)
        return fail(FAULT_INPUT, "the url is missing");
    if (options->account == NULL || strlen(options->account) >= SAGA_TENANT_SIZE)
        return fail(FAULT_INPUT, "the account is missing or too long");
    if (options->credential_size > WIRE_CREDENTIAL_MAX)
        return fail(FAULT_INPUT, "the credential is too long");
    return 0;
}

static int connect_client(struct client *client, const char *url)
{
    if (getrandom(&client->number, sizeof client->number, 0) < 0)
        return fail(FAULT_SYSTEM, "no random number can be had");
    int r = line_open(url, &client->line);
    if (r < 0)
        explain("cannot dial %s: %s", url, fault_name(r));
    return pass(r);
}

int client_open(const struct client_options *options, struct client **ret_client)
{
    int r = check_options(options);
    if (r < 0)
        return pass(r);
    struct client *client = calloc(1, sizeof *client);
    if (client == NULL)
        return fail(FAULT_MEMORY, "memory is short");
    if (pthread_mutex_init(&client->mutex, NULL) != 0) {
        free(client);
        return fail(FAULT_SYSTEM, "no mutex can be had");
    }

    snprintf(client->account, sizeof client->account, "%s", options->account);
    if (options->credential_size > 0)
        memcpy(client->credential, options->credential, options->credential_size);
    client->credential_size = options->credential_size;
    client->timeout_ms = options->timeout_ms > 0 ? options->timeout_ms : CLIENT_TIMEOUT_MS;
    r = connect_client(client, options->url);
    if (r < 0) {
        client_close(client);
        return pass(r);
    }
    *ret_client = client;
    return 0;
}

struct client *client_close(struct client *client)
{
    if (client == NULL)
        return NULL;
    line_close(client->line);
    pthread_mutex_destroy(&client->mutex);
    free(client->kept);
    free(client);
    return NULL;
}

const char *client_error(const struct client *client)
{
    (void)client;
    return last_error;
}

/* ---- asking ---- */

static struct bytes credential_of(const struct client *client)
{
    return bytes_of(client->credential, client->credential_size);
}

/* Ask within @timeout_ms, again after a lost connection if @repeatable. */
static int ask_bytes(struct client *client, struct bytes question, uint32_t timeout_ms,
                     bool repeatable, struct line_answer *ret_answer)
{
    uint64_t deadline_ms = instant_now().monotonic_ms + timeout_ms;
    int r;

    do {
        uint64_t now_ms = instant_now().monotonic_ms;
        uint64_t left_ms = now_ms < deadline_ms ? deadline_ms - now_ms : 1;
        r = line_ask(client->line, question, (uint32_t)left_ms, ret_answer);
    } while (r == LINE_LOST && repeatable && instant_now().monotonic_ms < deadline_ms);
    if (r > 0)
        explain(r == LINE_LOST ? "the connection was lost" : "no answer in time");
    if (r < 0)
        explain("the line failed: %s", fault_name(r));
    return r > 0 ? CLIENT_TIMED_OUT : pass(r);
}

/* 0 with a reply that the caller frees; CLIENT_TIMED_OUT; negative. */
static int ask(struct client *client, const struct wire_request *request, uint32_t timeout_ms,
               bool repeatable, struct wire_reply *ret_reply)
{
    struct buffer question = {.data = NULL};
    struct line_answer answer = {.body = {.data = NULL}};

    int r = wire_encode_request(request, &question);
    if (r < 0)
        explain("the request cannot be sent: %s", fault_name(r));
    else
        r = ask_bytes(client, bytes_of(question.data, question.size), timeout_ms, repeatable,
                      &answer);
    buffer_fini(&question);
    if (r != 0)
        return pass(r);
    r = wire_decode_reply(bytes_of(answer.body.data, answer.body.size), ret_reply);
    if (r < 0)
        explain("the server's answer cannot be read: %s", fault_name(r));
    line_answer_fini(&answer);
    return pass(r);
}

/* A reply of another type than the one asked for: a refusal is explained, all are faults. */
static int unexpected(const struct wire_reply *reply)
{
    if (reply->type == WIRE_REFUSAL)
        explain("the server refuses: %s: %s", reply->refusal.code, reply->refusal.text);
    else
        explain("the server's answer is none to this question");
    return fault(FAULT_INPUT);
}

/* ---- submit ---- */

static bool fits(const struct client_submission *submission)
{
    return submission->definition != NULL && strlen(submission->definition) < SAGA_NAME_SIZE &&
           (submission->key == NULL || strlen(submission->key) < SAGA_KEY_SIZE) &&
           submission->input_size <= SAGA_INPUT_MAX;
}

static enum client_status status_of(enum wire_submit_status status)
{
    switch (status) {
    case WIRE_STARTED:
        return CLIENT_STARTED;
    case WIRE_REPLAYED:
        return CLIENT_REPLAYED;
    case WIRE_CONFLICT:
        return CLIENT_CONFLICT;
    case WIRE_REFUSED:
        return CLIENT_REFUSED;
    }
    return CLIENT_REFUSED;
}

static void describe(struct client_outcome *outcome, struct saga_id id, const char *phase,
                     const char *code, const char *text)
{
    if (id.number != 0)
        id_text(id, outcome->id);
    snprintf(outcome->phase, sizeof outcome->phase, "%s", phase);
    snprintf(outcome->code, sizeof outcome->code, "%s", code);
    snprintf(outcome->text, sizeof outcome->text, "%s", text);
}

static int take_submitted(const struct wire_reply *reply, size_t count,
                          struct client_outcome *ret_outcomes)
{
    memset(ret_outcomes, 0, count * sizeof *ret_outcomes);
    if (reply->type == WIRE_REFUSAL) {
        for (size_t i = 0; i < count; i++) {
            ret_outcomes[i].status = CLIENT_REFUSED;
            describe(&ret_outcomes[i], (struct saga_id){.number = 0}, "", reply->refusal.code,
                     reply->refusal.text);
        }
        return 0;
    }
    if (reply->type != WIRE_SUBMITTED || reply->submitted.count != count)
        return unexpected(reply);
    for (size_t i = 0; i < count; i++) {
        const struct wire_submit_result *result = &reply->submitted.results[i];
        ret_outcomes[i].status = status_of(result->status);
        ret_outcomes[i].found = result->id.number != 0;
        describe(&ret_outcomes[i], result->id, result->phase, result->code, result->text);
    }
    return 0;
}

/* A batch that is half started is hard to explain: all of it goes in one message, or nothing. */
static int check_size(const struct wire_submission *wire, size_t count)
{
    size_t size = 0;

    for (size_t i = 0; i < count; i++)
        size += wire_submission_size(&wire[i]);
    if (size <= WIRE_BATCH_MAX)
        return 0;
    explain("%zu submissions of %zu bytes are too large for one message: submit fewer at once",
            count, size);
    return fault(FAULT_LIMIT);
}

/* @repeatable becomes false when one of them has no key. */
static int wire_submissions(const struct client_submission *submissions, size_t count,
                            struct wire_submission *ret_wire, bool *ret_repeatable)
{
    bool repeatable = true;

    for (size_t i = 0; i < count; i++) {
        const struct client_submission *from = &submissions[i];
        if (!fits(from)) {
            explain("submission %zu: its definition, key or input is missing or too long", i);
            return fault(FAULT_INPUT);
        }
        ret_wire[i] = (struct wire_submission){.definition = from->definition,
                                               .key = from->key != NULL ? from->key : "",
                                               .input = bytes_of(from->input, from->input_size),
                                               .traceparent = ""};
        repeatable = repeatable && ret_wire[i].key[0] != '\0';
    }
    *ret_repeatable = repeatable;
    return check_size(ret_wire, count);
}

int client_submit_many(struct client *client, const struct client_submission *submissions,
                       size_t count, struct client_outcome *ret_outcomes)
{
    struct wire_submission wire[CLIENT_BATCH_MAX];
    struct wire_reply reply;
    bool repeatable = false;

    assert(count > 0 && count <= CLIENT_BATCH_MAX);
    int r = wire_submissions(submissions, count, wire, &repeatable);
    if (r < 0)
        return pass(r);
    struct wire_request request = {
        .type = WIRE_SUBMIT,
        .submit = {.account = client->account,
                   .credential = credential_of(client),
                   .client = client->number,
                   .submission_count = count,
                   .submissions = wire},
    };
    r = ask(client, &request, client->timeout_ms, repeatable, &reply);
    if (r != 0)
        return pass(r);
    r = take_submitted(&reply, count, ret_outcomes);
    wire_reply_free(&reply);
    return pass(r);
}

/* ---- look ---- */

static bool has_ended(const char *phase)
{
    return strcmp(phase, "completed") == 0 || strcmp(phase, "compensated") == 0 ||
           strcmp(phase, "terminated") == 0;
}

static void take_outcome(const struct wire_outcome *wire, struct client_outcome *ret_outcome)
{
    memset(ret_outcome, 0, sizeof *ret_outcome);
    ret_outcome->status = CLIENT_REPLAYED;
    ret_outcome->found = wire->found;
    describe(ret_outcome, wire->id, wire->phase, wire->code, wire->text);
}

int client_get(struct client *client, const char *id, uint32_t wait_ms,
               struct client_outcome *ret_outcome)
{
    struct wire_request request = {.type = WIRE_GET};
    struct wire_reply reply;

    wait_ms = wait_ms < CLIENT_WAIT_MAX_MS ? wait_ms : CLIENT_WAIT_MAX_MS;
    request.get = (struct wire_get){
        .account = client->account, .credential = credential_of(client), .wait_ms = wait_ms};
    if (!id_parse(id, &request.get.id))
        return fail(FAULT_INPUT, "this is no saga's id");

    int r = ask(client, &request, wait_ms + client->timeout_ms, true, &reply);
    if (r != 0)
        return pass(r);
    if (reply.type == WIRE_OUTCOME) {
        take_outcome(&reply.outcome, ret_outcome);
        r = !ret_outcome->found || has_ended(ret_outcome->phase) ? 0 : CLIENT_TIMED_OUT;
    } else {
        r = unexpected(&reply);
    }
    wire_reply_free(&reply);
    return pass(r);
}

/* ---- await ---- */

static size_t take_kept(struct client *client, struct client_outcome *ret_outcomes, size_t capacity)
{
    pthread_mutex_lock(&client->mutex);
    size_t count = client->kept_count - client->kept_taken;
    if (count > capacity)
        count = capacity;
    if (count > 0)
        memcpy(ret_outcomes, client->kept + client->kept_taken, count * sizeof *ret_outcomes);
    client->kept_taken += count;
    pthread_mutex_unlock(&client->mutex);
    return count;
}

/* Append what did not fit, for the next call. */
static int keep(struct client *client, const struct wire_outcome *outcomes, size_t count)
{
    pthread_mutex_lock(&client->mutex);
    size_t left = client->kept_count - client->kept_taken;
    struct client_outcome *kept = malloc((left + count) * sizeof *kept);
    if (kept == NULL) {
        pthread_mutex_unlock(&client->mutex);
        return fail(FAULT_MEMORY, "outcomes were lost");
    }
    if (left > 0)
        memcpy(kept, client->kept + client->kept_taken, left * sizeof *kept);
    for (size_t i = 0; i < count; i++)
        take_outcome(&outcomes[i], &kept[left + i]);
    free(client->kept);
    client->kept = kept;
    client->kept_count = left + count;
    client->kept_taken = 0;
    pthread_mutex_unlock(&client->mutex);
    return 0;
}

static int take_outcomes(struct client *client, const struct wire_reply *reply,
                         struct client_outcome *ret_outcomes, size_t capacity, size_t *ret_count)
{
    if (reply->type != WIRE_OUTCOMES)
        return unexpected(reply);
    size_t total = reply->outcomes.count;
    size_t count = total < capacity ? total : capacity;
    if (total == 0)
        return CLIENT_TIMED_OUT;
    if (total > count) {
        int r = keep(client, reply->outcomes.outcomes + count, total - count);
        if (r < 0)
            return pass(r);
    }
    for (size_t i = 0; i < count; i++)
        take_outcome(&reply->outcomes.outcomes[i], &ret_outcomes[i]);
    *ret_count = count;
    return 0;
}

int client_next(struct client *client, uint32_t wait_ms, struct client_outcome *ret_outcomes,
                size_t capacity, size_t *ret_count)
{
    struct wire_request request = {.type = WIRE_AWAIT};
    struct wire_reply reply;

    assert(capacity > 0);
    size_t kept = take_kept(client, ret_outcomes, capacity);
    if (kept > 0) {
        *ret_count = kept;
        return 0;
    }
    wait_ms = wait_ms < CLIENT_WAIT_MAX_MS ? wait_ms : CLIENT_WAIT_MAX_MS;
    request.await = (struct wire_await){.account = client->account,
                                        .credential = credential_of(client),
                                        .client = client->number,
                                        .wait_ms = wait_ms};
    int r = ask(client, &request, wait_ms + client->timeout_ms, true, &reply);
    if (r != 0)
        return pass(r);
    r = take_outcomes(client, &reply, ret_outcomes, capacity, ret_count);
    wire_reply_free(&reply);
    return pass(r);
}
