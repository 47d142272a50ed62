#include "record_story.h"

#include <assert.h>
#include <stdio.h>

enum { VALIDATE, RESERVE_QUOTA, RESERVE_BALANCE, QUEUE, CONFIRM };

#define ALL 0x1fu
#define AT(ms) (STORY_TIME_MS + (ms))

static const struct definition_step steps[] = {
    {.name = "validate", .operation = "validate", .read_only = true, .timeout_ms = 300},
    {.name = "reserve_quota", .operation = "reserve_quota", .undo = "release_quota",
     .needs = 1u << VALIDATE, .timeout_ms = 1000},
    {.name = "reserve_balance", .operation = "reserve_balance", .undo = "release_balance",
     .needs = 1u << RESERVE_QUOTA, .timeout_ms = 1000},
    {.name = "queue", .operation = "queue", .pivot = true, .needs = 1u << RESERVE_BALANCE,
     .timeout_ms = 1000},
    {.name = "confirm", .operation = "confirm", .needs = 1u << QUEUE, .timeout_ms = 1000},
};

void story_definition(struct definition *ret_definition)
{
    static const uint8_t participants[] = {0, 1, 1, 2, 1};
    static const char *const names[] = {"auth", "billing", "messaging"};

    *ret_definition = (struct definition){
        .name = "send_message",
        .deadline_ms = 30000,
        .patience_ms = 86400000,
        .step_count = 5,
        .participant_count = 3,
    };
    for (size_t i = 0; i < 5; i++) {
        ret_definition->steps[i] = steps[i];
        ret_definition->steps[i].routes[0] = participants[i];
        ret_definition->steps[i].route_count = 1;
        ret_definition->steps[i].retry = (struct definition_retry){3, 100, 2, 5000};
    }
    for (size_t i = 0; i < 3; i++) {
        struct definition_participant *participant = &ret_definition->participants[i];
        snprintf(participant->name, sizeof participant->name, "%s", names[i]);
        participant->guarded = true;
    }
    bool acyclic = definition_derive(ret_definition);
    assert(acyclic);
}

static const char story_input[] = "{\"from\":\"+15005550008\",\"to\":\"+15551230000\","
                                  "\"body\":\"Hello\"}";

const struct story_event story_events[STORY_EVENTS] = {
    {.input = {.type = SAGA_INPUT_SUBMIT, .time_ms = AT(0), .permits_do = ALL,
               .permits_undo = ALL},
     .payload = story_input},
    {.input = {.type = SAGA_INPUT_RESULT, .time_ms = AT(4), .step = VALIDATE, .attempt = 1,
               .direction = SAGA_DO, .verdict = SAGA_VERDICT_DONE, .has_output = true,
               .permits_do = ALL, .permits_undo = ALL},
     .payload = "{\"segments\":1}"},
    {.input = {.type = SAGA_INPUT_RESULT, .time_ms = AT(9), .step = RESERVE_QUOTA, .attempt = 1,
               .direction = SAGA_DO, .verdict = SAGA_VERDICT_RETRY, .permits_do = ALL,
               .permits_undo = ALL},
     .code = "db_busy", .text = "The database is locked."},
    {.input = {.type = SAGA_INPUT_TIMER, .time_ms = AT(1000), .permits_do = ALL,
               .permits_undo = ALL}},
    {.input = {.type = SAGA_INPUT_RESULT, .time_ms = AT(1007), .step = RESERVE_QUOTA,
               .attempt = 2, .direction = SAGA_DO, .verdict = SAGA_VERDICT_DONE,
               .has_output = true, .permits_do = ALL, .permits_undo = ALL},
     .payload = "{\"used\":17}"},
    {.input = {.type = SAGA_INPUT_VERB, .time_ms = AT(1010), .verb = SAGA_PAUSE,
               .step = DEFINITION_NO_STEP},
     .actor = "ada", .reason = "Looking into a complaint."},
    {.input = {.type = SAGA_INPUT_RESULT, .time_ms = AT(1012), .step = RESERVE_BALANCE,
               .attempt = 1, .direction = SAGA_DO, .verdict = SAGA_VERDICT_DONE,
               .has_output = true, .permits_do = ALL, .permits_undo = ALL},
     .payload = "{\"reserved\":7500}"},
    {.input = {.type = SAGA_INPUT_VERB, .time_ms = AT(5000), .verb = SAGA_RESUME,
               .step = DEFINITION_NO_STEP, .permits_do = ALL, .permits_undo = ALL},
     .actor = "ada", .reason = "It was nothing."},
    {.input = {.type = SAGA_INPUT_RESULT, .time_ms = AT(5003), .step = QUEUE, .attempt = 1,
               .direction = SAGA_DO, .verdict = SAGA_VERDICT_REJECTED, .permits_do = ALL,
               .permits_undo = ALL},
     .code = "21611", .text = "The queue of this sender is full."},
    {.input = {.type = SAGA_INPUT_RESULT, .time_ms = AT(5008), .step = RESERVE_BALANCE,
               .attempt = 1, .direction = SAGA_UNDO, .verdict = SAGA_VERDICT_DONE,
               .permits_do = ALL, .permits_undo = ALL}},
    {.input = {.type = SAGA_INPUT_RESULT, .time_ms = AT(5012), .step = RESERVE_QUOTA,
               .attempt = 1, .direction = SAGA_UNDO, .verdict = SAGA_VERDICT_DONE,
               .permits_do = ALL, .permits_undo = ALL}},
};
