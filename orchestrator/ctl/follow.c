#include "ctl/follow.h"

#include "base/clock.h"
#include "ctl/table.h"
#include "ctl/view.h"

#include <poll.h>

#define NAP_MS 500 /* Between questions that the server does not hold. */

static bool is_for_people(const struct call *call)
{
    return call->format == FORMAT_TABLE || call->format == FORMAT_NAME;
}

static void print_event(const struct call *call, const json_t *saga, const json_t *event)
{
    char offset[VIEW_CONDITION_SIZE];

    if (!is_for_people(call)) {
        view_json_line(call, event);
        return;
    }
    view_offset(saga, event, offset);
    fprintf(call->out, "  %-8s ", offset);
    table_text(view_text(event, "text"), call->out);
    fputc('\n', call->out);
}

/* The events that come after @seen; returns the last. */
static uint64_t print_events(const struct call *call, const json_t *saga, uint64_t seen)
{
    size_t i;
    json_t *event;

    json_array_foreach(json_object_get(saga, "events"), i, event)
    {
        uint64_t sequence = view_number(event, "seq");
        if (sequence <= seen)
            continue;
        print_event(call, saga, event);
        seen = sequence;
    }
    return seen;
}

/* A server that is away for a while, because it starts anew, is waited for. */
static enum exit_code fetch_newer(const struct call *call, uint64_t seen, json_t **ret_saga)
{
    char suffix[64];

    snprintf(suffix, sizeof suffix, "?events=1&wait=%u&after_version=%llu", SERVER_WAIT_MAX_S,
             (unsigned long long)seen);
    for (;;) {
        enum exit_code code = view_saga(call, suffix, ret_saga);
        if (code != EXIT_CODE_UNREACHABLE)
            return code;
        poll(NULL, 0, NAP_MS);
    }
}

static bool is_over(const json_t *saga)
{
    return view_has_ended(saga) || view_is_parked(saga);
}

static enum exit_code follow_from(const struct call *call, json_t *saga)
{
    uint64_t seen = print_events(call, saga, 0);

    while (!is_over(saga)) {
        if (fflush(call->out) != 0)
            break;
        uint64_t asked_ms = instant_now().monotonic_ms;
        json_decref(saga);
        enum exit_code code = fetch_newer(call, seen, &saga);
        if (code != EXIT_CODE_OK)
            return code;
        uint64_t before = seen;
        seen = print_events(call, saga, seen);
        if (seen == before && instant_now().monotonic_ms - asked_ms < NAP_MS)
            poll(NULL, 0, NAP_MS);
    }
    enum exit_code code = view_end_code(saga);
    json_decref(saga);
    return code;
}

enum exit_code follow_run(const struct call *call)
{
    json_t *saga;
    enum exit_code code = view_saga(call, "?events=1", &saga);

    if (code != EXIT_CODE_OK)
        return code;
    if (is_for_people(call)) {
        show_print(call, saga);
        fputc('\n', call->out);
    }
    return follow_from(call, saga);
}
