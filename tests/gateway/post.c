#include "gateway/post.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

void post(struct world *world, const char *headers, const char *body)
{
    char all[1024];

    snprintf(all, sizeof(all), "%s%s%s", AS_AC1, FORM, headers);
    world_ask(world, "POST", CREATE, all, body);
}

struct request *posted(struct world *world, const char *headers, const char *body)
{
    post(world, headers, body);
    return fake_take(world->inbox, REQUEST_SUBMIT);
}

struct snapshot *queued(const struct request *request)
{
    struct snapshot *snapshot = fake_snapshot_for(request);
    snapshot->decided = snapshot->pivot_done = true;
    return snapshot;
}

struct snapshot *refused(const struct request *request, const char *code, const char *text)
{
    struct snapshot *snapshot = fake_snapshot_for(request);
    snapshot->decided = true;
    snapshot->phase = SAGA_COMPENSATING;
    snapshot->turn_reason = SAGA_TURN_REJECTED;
    snprintf(snapshot->code, sizeof(snapshot->code), "%s", code);
    snprintf(snapshot->text, sizeof(snapshot->text), "%s", text);
    return snapshot;
}

struct snapshot *turned_for_service(const struct request *request)
{
    struct snapshot *snapshot = fake_snapshot_for(request);
    snapshot->decided = snapshot->turned_for_service = true;
    snapshot->phase = SAGA_COMPENSATING;
    snapshot->turn_reason = SAGA_TURN_CANCELLED;
    return snapshot;
}

void expect_code(struct world *world, unsigned status, const char *code)
{
    struct response response = peer_read(&world->peer);
    char text[16];

    snprintf(text, sizeof(text), "%u", status);
    assert_string_equal(response_text(&response, "status"), text);
    assert_true(strlen(response_text(&response, "message")) > 0);
    snprintf(text, sizeof(text), "%.12s", code);
    assert_non_null(strstr(response_text(&response, "more_info"), text));
    expect_text(&response, status, "code", code);
}
