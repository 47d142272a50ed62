/* How it asks for work, and how it waits when it is not welcome. */
#include "checks.h"

#include "base/fault.h"

#include <string.h>

#define QUIET_MS 500u             /* After which nothing more is on its way to us. */
#define OVERLOADED_MS 2000u       /* What we ask it to wait; */
#define OVERLOADED_LEAST_MS 1000u /* some randomness is its right. */
#define UNAUTHENTICATED_LEAST_MS 500u
#define KNOCKING_MS 3000u
#define KNOCKS_MAX 30

bool check_polls(struct bench *bench)
{
    if (desk_wait_polls(&bench->desk, 1))
        return true;
    if (subject_has_ended(&bench->subject))
        return bench_fail(bench, "the participant's process has ended");
    return bench_fail(bench, "no poll with free slots came to %s within %u s",
                      host_url(bench->desk.host), bench->options->patience_ms / 1000);
}

bool check_two_polls(struct bench *bench)
{
    if (desk_wait_polls(&bench->desk, 2))
        return true;
    return bench_fail(bench, "only one poll with free slots lies at the server");
}

bool check_empty_work(struct bench *bench)
{
    uint64_t before = bench->desk.polls_seen;

    desk_clear(&bench->desk);
    if (!desk_wait_polls(&bench->desk, 1) || bench->desk.polls_seen == before)
        return bench_fail(bench, "after an answer without calls no poll came");
    return true;
}

/* ---- bytes of a newer server ---- */

static void put_varint(struct buffer *buffer, uint64_t value)
{
    do {
        uint8_t byte = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
        buffer_append(buffer, &byte, 1);
        value >>= 7;
    } while (value > 0);
}

/* One of each kind of field, under numbers that nobody has used. */
static void put_unknown(struct buffer *buffer)
{
    static const uint8_t fields[] = {
        0xc0, 0x3e, 0x2a,                                /* 1000: a varint */
        0xc9, 0x3e, 1,    2,   3,   4,   5,   6,   7, 8, /* 1001: eight bytes */
        0xd2, 0x3e, 5,    'n', 'e', 'w', 'e', 'r',       /* 1002: bytes */
        0xdd, 0x3e, 1,    2,   3,   4,                   /* 1003: four bytes */
    };

    buffer_append(buffer, fields, sizeof fields);
}

/* The content of the one field that these bytes are. */
static struct bytes content_of(struct bytes field)
{
    size_t at = 1;

    while (at < field.size && field.data[at++] >= 0x80)
        ;
    return bytes_of(field.data + at, field.size - at);
}

/* A field with this tag: what is given, and then what nobody knows. */
static void wrap(struct buffer *buffer, uint8_t tag, struct bytes content)
{
    struct buffer unknown = {.data = NULL};

    put_unknown(&unknown);
    buffer_clear(buffer);
    buffer_append(buffer, &tag, 1);
    put_varint(buffer, content.size + unknown.size);
    buffer_append(buffer, content.data, content.size);
    buffer_append(buffer, unknown.data, unknown.size);
    buffer_fini(&unknown);
}

/* Reply{work{call}} with something new in each of the three. */
static int encode_newer(const struct wire_call *call, struct buffer *ret_body)
{
    struct wire_reply reply = {.type = WIRE_WORK, .work = {.calls = call, .call_count = 1}};
    struct buffer plain = {.data = NULL}, newer_call = {.data = NULL};

    int r = wire_encode_reply(&reply, &plain);
    if (r == 0) {
        struct bytes work = content_of(bytes_of(plain.data, plain.size));
        wrap(&newer_call, 0x0a, content_of(work));
        wrap(ret_body, 0x12, bytes_of(newer_call.data, newer_call.size));
        put_unknown(ret_body);
    }
    buffer_fini(&plain);
    buffer_fini(&newer_call);
    return pass(r);
}

bool check_unknown_fields(struct bench *bench)
{
    struct sample sample = bench_sample(bench);
    char id[WIRE_OPERATION_ID_SIZE];
    struct wire_call call = bench_call(bench, &sample, SAGA_DO, id);
    const struct errand *errand = desk_expect(&bench->desk, &call);
    struct buffer body = {.data = NULL};

    if (errand == NULL || encode_newer(&call, &body) < 0)
        return bench_fail(bench, "memory is short");
    bool given = desk_give_bytes(&bench->desk, bytes_of(body.data, body.size));
    buffer_fini(&body);
    if (!given)
        return bench_fail(bench, "no poll with a free slot came");
    if (!desk_wait_seen(&bench->desk, errand, 1))
        return bench_fail(bench, "a call with fields that it does not know was not answered");
    return bench_take(bench, &sample, SAGA_DO, errand);
}

bool check_nonsense(struct bench *bench)
{
    static const uint8_t nonsense[] = {0x12, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x00};
    struct sample sample = bench_sample(bench);
    enum saga_verdict verdict;

    if (!desk_give_bytes(&bench->desk, bytes_of(nonsense, sizeof nonsense)))
        return bench_fail(bench, "no poll with a free slot came");
    return bench_ask(bench, &sample, SAGA_DO, &verdict);
}

/* ---- waiting ---- */

/* Let what is on its way arrive, so that a poll that comes afterwards is a new one. */
static void fall_quiet(struct bench *bench)
{
    uint64_t until_ms = desk_now() + bench->options->patience_ms;

    desk_wait_polls(&bench->desk, 2);
    while (desk_now() - bench->desk.last_poll_ms < QUIET_MS && desk_now() < until_ms)
        desk_pass(&bench->desk, QUIET_MS / 5);
}

/* After a refusal of everything that lies there, for how long nothing comes; @most_ms is enough. */
static uint32_t refuse_and_wait(struct bench *bench, const char *code, uint32_t after_ms,
                                uint32_t most_ms)
{
    struct desk *desk = &bench->desk;
    uint64_t began_ms = desk_now();
    uint64_t before = desk->polls_seen;

    desk_refuse(desk, code, after_ms);
    while (desk->polls_seen == before && desk_now() - began_ms < most_ms)
        desk_pump(desk, began_ms + most_ms);
    return (uint32_t)(desk_now() - began_ms);
}

bool check_overloaded(struct bench *bench)
{
    fall_quiet(bench);
    uint32_t quiet_ms = refuse_and_wait(bench, "overloaded", OVERLOADED_MS, OVERLOADED_LEAST_MS);
    if (quiet_ms < OVERLOADED_LEAST_MS)
        return bench_fail(bench, "told to wait %u ms, it polled again after %u ms", OVERLOADED_MS,
                          quiet_ms);
    if (!desk_wait_polls(&bench->desk, 1))
        return bench_fail(bench, "told to wait %u ms, it did not come back", OVERLOADED_MS);
    return true;
}

bool check_knocking(struct bench *bench)
{
    desk_cut(&bench->desk);
    int knocks = host_count_visitors(bench->desk.host, KNOCKING_MS);
    if (!desk_listen(&bench->desk))
        return bench_fail(bench, "%s cannot be listened at again", host_url(bench->desk.host));
    if (knocks < 0)
        return bench_fail(bench, "visitors cannot be counted: %s", fault_name(knocks));
    if (knocks > KNOCKS_MAX)
        return bench_fail(bench, "it connected %d times in %u s, without waiting in between",
                          knocks, KNOCKING_MS / 1000);
    return check_polls(bench);
}

/* It may also end: a wrong secret is for a person to mend. */
bool check_unauthenticated(struct bench *bench)
{
    fall_quiet(bench);
    uint32_t quiet_ms = refuse_and_wait(bench, "unauthenticated", 0, UNAUTHENTICATED_LEAST_MS);
    if (quiet_ms >= UNAUTHENTICATED_LEAST_MS)
        return true;
    return bench_fail(bench, "with a wrong credential it polled again after %u ms", quiet_ms);
}

bool check_well_formed(struct bench *bench)
{
    uint64_t malformed = host_malformed(bench->desk.host);

    if (bench->desk.wrong[0] != '\0')
        return bench_fail(bench, "%s", bench->desk.wrong);
    if (malformed > 0)
        return bench_fail(bench, "%u of its requests make no sense", (unsigned)malformed);
    return true;
}
