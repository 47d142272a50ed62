/* The commands of the consumer's side, one question each. */
#include "messaging/delivery.h"

#include "service/message.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum service_exit delivery_take_command(const struct service *service,
                                        const struct arguments *arguments)
{
    long long count = 1;
    json_t *answer = NULL, *message;
    size_t i;

    if (arguments->count != NULL &&
        !arguments_number(arguments->count, "", 1, QUESTION_COUNT_MAX, &count))
        return service_complain(service, SERVICE_USAGE, "--count is 1 to 500");
    enum service_exit code =
        service_ask(service, arguments->dir, SERVICE_RUNNING_ONLY,
                    json_pack("{s:s, s:I}", "ask", "take", "count", (json_int_t)count), &answer);
    if (code != SERVICE_OK)
        return code;
    json_array_foreach(json_object_get(answer, "messages"), i, message)
        service_print_json(message);
    json_decref(answer);
    return SERVICE_OK;
}

enum service_exit delivery_done_command(const struct service *service,
                                        const struct arguments *arguments)
{
    json_t *sids, *answer = NULL;

    if (arguments->rest_count == 0 || arguments->rest_count > QUESTION_SIDS_MAX)
        return service_complain(service, SERVICE_USAGE, "done takes 1 to 500 SIDs");
    sids = json_array();
    for (size_t i = 0; i < arguments->rest_count; i++) {
        if (!message_is_sid(arguments->rest[i], "SM")) {
            json_decref(sids);
            return service_complain(service, SERVICE_USAGE, "a SID is SM and 32 digits");
        }
        json_array_append_new(sids, json_string(arguments->rest[i]));
    }
    enum service_exit code =
        service_ask(service, arguments->dir, SERVICE_RUNNING_ONLY,
                    json_pack("{s:s, s:o}", "ask", "done", "sids", sids), &answer);
    if (code != SERVICE_OK)
        return code;
    service_print_json(answer);
    if (json_array_size(json_object_get(answer, "unknown")) > 0)
        code = SERVICE_MISSING;
    json_decref(answer);
    return code;
}

static int64_t number_of(const json_t *row, const char *key)
{
    return json_integer_value(json_object_get(row, key));
}

static void print_lanes(const json_t *stats)
{
    const json_t *lane;
    size_t i;

    printf("%-17s %9s %9s %9s %9s\n", "SENDER", "BOUND", "WAITING", "TAKEN", "DONE");
    json_array_foreach(json_object_get(stats, "lanes"), i, lane) {
        const char *sender = json_string_value(json_object_get(lane, "sender"));
        printf("%-17s %9" PRId64 " %9" PRId64 " %9" PRId64 " %9" PRId64 "\n",
               sender == NULL ? "all others" : sender, number_of(lane, "bound"),
               number_of(lane, "waiting"), number_of(lane, "taken"), number_of(lane, "done"));
    }
}

enum service_exit delivery_stats_command(const struct service *service,
                                         const struct arguments *arguments)
{
    const char *output = arguments->output == NULL ? "table" : arguments->output;
    bool as_json = strcmp(output, "json") == 0;
    json_t *stats = NULL;

    if (!as_json && strcmp(output, "table") != 0)
        return service_complain(service, SERVICE_USAGE, "-o is json or table");
    enum service_exit code = service_ask(service, arguments->dir, SERVICE_ELSE_THE_FILE,
                                         json_pack("{s:s}", "ask", "stats"), &stats);
    if (code != SERVICE_OK)
        return code;
    if (as_json)
        service_print_json(stats);
    else
        print_lanes(stats);
    json_decref(stats);
    return SERVICE_OK;
}
