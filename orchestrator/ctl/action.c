/* The operator's verbs: each needs a reason, and is an event in the saga's history. */
#include "ctl/action.h"

#include "ctl/view.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *actor_of(const struct call *call)
{
    const char *actor = call->options[OPTION_ACTOR];

    if (actor == NULL)
        actor = getenv("USER");
    if (actor == NULL || actor[0] == '\0') {
        const struct passwd *user = getpwuid(getuid());
        actor = user != NULL ? user->pw_name : NULL;
    }
    return actor != NULL && actor[0] != '\0' ? actor : "unknown";
}

enum exit_code action_check(const struct call *call, const char *verb)
{
    const char *as = call->options[OPTION_AS];
    const char *reason = call->options[OPTION_REASON];
    bool resolves = strcmp(verb, "resolve") == 0;

    if (reason == NULL || reason[0] == '\0')
        return command_misuse(call, "%s needs --reason TEXT: it is kept in the saga's history",
                              verb);
    if (!resolves)
        return EXIT_CODE_OK;
    if (as == NULL || (strcmp(as, "done") != 0 && strcmp(as, "rejected") != 0))
        return command_misuse(call, "resolve needs --as done or --as rejected");
    if (call->options[OPTION_RESULT] != NULL && strcmp(as, "done") != 0)
        return command_misuse(call, "--result goes with --as done only");
    return EXIT_CODE_OK;
}

json_t *action_reason(const struct call *call)
{
    json_t *request = json_pack("{s:s, s:s}", "reason", call->options[OPTION_REASON], "actor",
                                actor_of(call));

    if (request == NULL)
        fputs("sagactl: the texts must be UTF-8\n", stderr);
    return request;
}

json_t *action_request(const struct call *call, const char *verb, const char *step)
{
    json_t *request = action_reason(call);

    if (request == NULL)
        return NULL;
    json_object_set_new(request, "verb", json_string(verb));
    if (step != NULL)
        json_object_set_new(request, "step", json_string(step));
    if (call->options[OPTION_AS] != NULL)
        json_object_set_new(request, "as", json_string(call->options[OPTION_AS]));
    if (call->options[OPTION_FORCE] != NULL)
        json_object_set_new(request, "force", json_true());
    if (call->options[OPTION_RESULT] != NULL) {
        json_t *output = view_input(call->options[OPTION_RESULT]);
        if (output == NULL) {
            json_decref(request);
            return NULL;
        }
        json_object_set_new(request, "output", output);
    }
    return request;
}

static void print_outcome(const struct call *call, const json_t *body)
{
    const json_t *saga = json_object_get(body, "saga");
    char phase[VIEW_CONDITION_SIZE];

    view_phase(json_is_object(saga) ? saga : body, phase);
    fprintf(call->out, "%s: %s requested, done; now %s\n", call->words[0], call->command->name,
            phase[0] != '\0' ? phase : "accepted");
}

/* The server compares what stands before the dot of an ETag; the rest is for caches. */
bool action_send(const struct call *call, const char *id, const json_t *request, uint64_t version,
                 struct server_answer *ret_answer)
{
    char path[SERVER_PATH_SIZE], match[32];

    snprintf(path, sizeof path, "/v1/sagas/%s/actions", id);
    snprintf(match, sizeof match, "\"%llu.\"", (unsigned long long)version);
    return server_ask(call->server,
                      &(struct server_request){.method = "POST",
                                               .path = path,
                                               .body = request,
                                               .match = version > 0 ? match : NULL},
                      ret_answer);
}

enum exit_code action_run(const struct call *call)
{
    const char *verb = call->command->name;
    struct server_answer answer;
    enum exit_code code = action_check(call, verb);

    if (code != EXIT_CODE_OK)
        return code;
    if (!view_is_id(call->words[0]))
        return EXIT_CODE_NOT_FOUND;
    json_t *request = action_request(call, verb, call->word_count > 1 ? call->words[1] : NULL);
    if (request == NULL)
        return EXIT_CODE_USAGE;
    if (action_send(call, call->words[0], request, 0, &answer))
        view_print(call, answer.body, print_outcome, call->words[0]);
    else
        code = server_complain(call->server, &answer);
    server_answer_fini(&answer);
    json_decref(request);
    return code;
}
