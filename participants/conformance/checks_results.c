/* How it answers: with what it was given, and until it is heard. */
#include "checks.h"

#include <string.h>

#define SLOTS_TRIED 32u
#define ACKNOWLEDGED_QUIET_MS 3000u /* A result is sent again after 2 s. */
#define RESENDING_STEP_MS 500u

bool check_result(struct bench *bench)
{
    struct sample sample = bench_sample(bench);

    return bench_expect(bench, &sample, SAGA_DO, SAGA_VERDICT_DONE);
}

bool check_slots(struct bench *bench)
{
    struct desk *desk = &bench->desk;
    struct sample samples[SLOTS_TRIED];
    struct wire_call calls[SLOTS_TRIED];
    struct errand *errands[SLOTS_TRIED];
    char ids[SLOTS_TRIED][WIRE_OPERATION_ID_SIZE];
    size_t count = 0;

    if (!desk_wait_polls(desk, 1))
        return bench_fail(bench, "no poll with a free slot came");
    for (size_t i = 0; i < desk->poll_count; i++) {
        uint32_t slots = desk->polls[i].delivery->request.poll.slots;
        count = slots > count ? slots : count;
    }
    count = count < SLOTS_TRIED ? count : SLOTS_TRIED;
    for (size_t i = 0; i < count; i++) {
        samples[i] = bench_sample(bench);
        calls[i] = bench_call(bench, &samples[i], SAGA_DO, ids[i]);
    }
    if (!desk_give(desk, calls, count, errands))
        return bench_fail(bench, "no poll with %zu free slots came", count);
    for (size_t i = 0; i < count; i++) {
        if (!desk_wait_seen(desk, errands[i], 1))
            return bench_fail(bench, "of %zu calls in one message, that for %s was not answered",
                              count, ids[i]);
    }
    return true;
}

bool check_unknown_operation(struct bench *bench)
{
    struct sample sample = bench_sample(bench);
    char id[WIRE_OPERATION_ID_SIZE];
    struct wire_call call = bench_call(bench, &sample, SAGA_DO, id);
    struct errand *errand;

    call.operation = "conformance_unknown";
    if (!desk_give(&bench->desk, &call, 1, &errand))
        return bench_fail(bench, "no poll with a free slot came");
    if (!desk_wait_seen(&bench->desk, errand, 1))
        return bench_fail(bench, "it was not answered");
    if (errand->result.verdict == SAGA_VERDICT_RETRY)
        return true;
    return bench_fail(bench,
                      "it was answered %s %s; RETRY is right, since a newer release of the "
                      "participant may know it",
                      promises_verdict(errand->result.verdict), errand->code);
}

/* Have it send a result again, by giving it nothing but polls to send it with. */
static bool wait_again(struct bench *bench, const struct errand *errand, unsigned times)
{
    uint64_t until_ms = desk_now() + bench->options->patience_ms;

    while (errand->seen < times) {
        if (desk_now() >= until_ms)
            return bench_fail(bench, "a result that was not acknowledged was not sent again");
        desk_pass(&bench->desk, RESENDING_STEP_MS);
        desk_clear(&bench->desk);
    }
    return true;
}

static bool see_again(struct bench *bench, struct errand **ret_errand)
{
    static const uint8_t foreign[WIRE_TOKEN_SIZE] = {0xff, 0xee};
    struct sample sample = bench_sample(bench);

    *ret_errand = bench_send(bench, &sample, SAGA_DO);
    if (*ret_errand == NULL || !bench_take(bench, &sample, SAGA_DO, *ret_errand))
        return false;
    /* An acknowledgement of something else is none of this. */
    desk_acknowledge(&bench->desk, foreign);
    return wait_again(bench, *ret_errand, 2);
}

bool check_resending(struct bench *bench)
{
    struct errand *errand;

    bench->desk.withholding = true;
    bool good = see_again(bench, &errand);
    bench->desk.withholding = false;
    return good;
}

bool check_acknowledged(struct bench *bench)
{
    struct sample sample = bench_sample(bench);
    const struct errand *errand = bench_send(bench, &sample, SAGA_DO);

    if (errand == NULL || !bench_take(bench, &sample, SAGA_DO, errand))
        return false;
    /* By then the acknowledgement has arrived; a result that has crossed it is no harm. */
    desk_wait_polls(&bench->desk, 2);
    desk_clear(&bench->desk);
    desk_wait_polls(&bench->desk, 1);
    unsigned before = errand->seen;
    uint64_t until_ms = desk_now() + ACKNOWLEDGED_QUIET_MS;
    while (desk_now() < until_ms) {
        desk_pass(&bench->desk, RESENDING_STEP_MS);
        desk_clear(&bench->desk);
    }
    if (errand->seen == before)
        return true;
    return bench_fail(bench, "a result that was acknowledged was sent again");
}

static bool see_after_cut(struct bench *bench)
{
    struct sample sample = bench_sample(bench);
    const struct errand *errand = bench_send(bench, &sample, SAGA_DO);

    if (errand == NULL || !bench_take(bench, &sample, SAGA_DO, errand))
        return false;
    unsigned before = errand->seen;
    desk_cut(&bench->desk);
    if (!desk_listen(&bench->desk))
        return bench_fail(bench, "%s cannot be listened at again", host_url(bench->desk.host));
    return wait_again(bench, errand, before + 1);
}

bool check_cut(struct bench *bench)
{
    bench->desk.withholding = true;
    bool good = see_after_cut(bench);
    bench->desk.withholding = false;
    return good;
}
