/* The commands that change who exists. Each puts one question and prints its answer. */
#include "auth/directory.h"

#include "service/message.h"

static enum service_exit ask_and_print(const struct service *service,
                                       const struct arguments *arguments, json_t *takes_question)
{
    json_t *answer = NULL;
    enum service_exit code =
        service_ask(service, arguments->dir, SERVICE_ELSE_THE_FILE, takes_question, &answer);

    if (code != SERVICE_OK)
        return code;
    service_print_json(answer);
    json_decref(answer);
    return SERVICE_OK;
}

/* "AC…", and a number after it when there is more than one word. */
static bool are_good(const struct arguments *arguments, size_t count)
{
    return arguments->rest_count == count && message_is_sid(arguments->rest[0], "AC") &&
           (count < 2 || message_is_e164(arguments->rest[1]));
}

enum service_exit directory_account_command(const struct service *service,
                                            const struct arguments *arguments)
{
    if (!are_good(arguments, 1))
        return service_complain(service, SERVICE_USAGE, "account takes one SID, AC and 32 digits");
    json_t *question = json_pack("{s:s, s:s}", "ask", "account", "account", arguments->rest[0]);
    if (arguments->state != NULL)
        json_object_set_new(question, "state", json_string(arguments->state));
    return ask_and_print(service, arguments, question);
}

enum service_exit directory_sender_command(const struct service *service,
                                           const struct arguments *arguments)
{
    if (!are_good(arguments, 2))
        return service_complain(service, SERVICE_USAGE, "sender takes AC… and +1…");
    if (arguments->pool != NULL && !message_is_sid(arguments->pool, "MG"))
        return service_complain(service, SERVICE_USAGE, "a pool is MG and 32 digits");
    json_t *question = json_pack("{s:s, s:s, s:s}", "ask", "sender", "account", arguments->rest[0],
                                 "number", arguments->rest[1]);
    if (arguments->pool != NULL)
        json_object_set_new(question, "pool", json_string(arguments->pool));
    return ask_and_print(service, arguments, question);
}

enum service_exit directory_opt_out_command(const struct service *service,
                                            const struct arguments *arguments)
{
    if (!are_good(arguments, 2))
        return service_complain(service, SERVICE_USAGE, "opt-out takes AC… and +1…");
    return ask_and_print(service, arguments,
                         json_pack("{s:s, s:s, s:s}", "ask", "opt-out", "account",
                                   arguments->rest[0], "number", arguments->rest[1]));
}
