/*
 * sagactl export: all that the server says of one saga, in one JSON object that explains itself
 * without the server. docs/reference/bundle.md describes each member.
 */
#include "base/clock.h"
#include "ctl/command.h"
#include "ctl/definition.h"
#include "ctl/outfile.h"
#include "ctl/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_SIZE 4096u /* As the kernel has it. */
#define BUNDLE_FORM 1   /* Rises when a member changes its meaning or goes away. */

static json_t *time_now(void)
{
    char text[CLOCK_RFC3339_SIZE];

    clock_rfc3339(instant_now().wall_ms, text);
    return json_string(text);
}

/* ---- what the server says ---- */

static enum exit_code add_saga(const struct call *call, json_t *bundle)
{
    bool payloads = call->options[OPTION_PAYLOADS] != NULL;
    json_t *saga;
    enum exit_code code = view_saga(call, payloads ? "?events=1&payloads=1" : "?events=1", &saga);

    if (code != EXIT_CODE_OK)
        return code;
    json_object_set_new(bundle, "payloads", json_string(payloads ? "included" : "masked"));
    json_object_set_new(bundle, "saga", saga);
    json_object_set(bundle, "events", json_object_get(saga, "events"));
    json_object_del(saga, "events");
    return EXIT_CODE_OK;
}

static bool takes_part(const json_t *definition, const char *name)
{
    size_t i;
    json_t *participant;
    bool found = false;

    json_array_foreach(json_object_get(definition, "participants"), i, participant) {
        found = found || strcmp(view_text(participant, "name"), name) == 0;
    }
    return found;
}

/* Those of the saga's definition; of the others there is nothing to say. */
static enum exit_code add_participants(const struct call *call, json_t *bundle)
{
    json_t *body, *participants = json_array(), *participant;
    enum exit_code code = view_object(call, "/v1/participants", &body);
    size_t i;

    if (code != EXIT_CODE_OK) {
        json_decref(participants);
        return code;
    }
    json_array_foreach(json_object_get(body, "participants"), i, participant) {
        if (takes_part(json_object_get(bundle, "definition"), view_text(participant, "name")))
            json_array_append(participants, participant);
    }
    json_decref(body);
    json_object_set_new(bundle, "participants", participants);
    return EXIT_CODE_OK;
}

static enum exit_code gather(const struct call *call, json_t *bundle)
{
    json_t *object;
    enum exit_code code = add_saga(call, bundle);

    if (code == EXIT_CODE_OK)
        code = view_saga(call, "/why", &object);
    if (code == EXIT_CODE_OK) {
        json_object_set_new(bundle, "why", object);
        const json_t *saga = json_object_get(bundle, "saga");
        code = definition_fetch(call, view_text(saga, "definition"), view_text(saga, "version"),
                                &object);
    }
    if (code == EXIT_CODE_OK) {
        json_object_set_new(bundle, "definition", object);
        code = add_participants(call, bundle);
    }
    if (code == EXIT_CODE_OK)
        code = view_object(call, "/v1/status", &object);
    if (code == EXIT_CODE_OK)
        json_object_set_new(bundle, "server", object);
    return code;
}

/* ---- the file ---- */

/* ID.json where no other file is named; what is no id must not become a path. */
static enum exit_code choose_path(const struct call *call, char ret_path[PATH_SIZE])
{
    const char *path = call->options[OPTION_FORMAT];

    if (!view_is_id(call->words[0]))
        return EXIT_CODE_NOT_FOUND;
    int length = path != NULL ? snprintf(ret_path, PATH_SIZE, "%s", path)
                              : snprintf(ret_path, PATH_SIZE, "%s.json", call->words[0]);
    if (length >= (int)PATH_SIZE || length == 0)
        return command_misuse(call, "--output takes the name of a file");
    return EXIT_CODE_OK;
}

enum exit_code export_run(const struct call *call)
{
    bool replace = call->options[OPTION_FORCE] != NULL;
    char path[PATH_SIZE];
    enum exit_code code = choose_path(call, path);
    bool to_stdout = strcmp(path, "-") == 0;

    if (code == EXIT_CODE_OK && !to_stdout)
        code = outfile_check(path, replace);
    if (code != EXIT_CODE_OK)
        return code;
    json_t *bundle = json_pack("{s:i, s:o, s:s}", "bundle", BUNDLE_FORM, "exported", time_now(),
                               "sagactl", SAGAD_VERSION);
    if (bundle == NULL)
        abort();
    code = gather(call, bundle);
    char *text = json_dumps(bundle, JSON_INDENT(2));
    if (code == EXIT_CODE_OK && to_stdout) {
        fprintf(call->out, "%s\n", text);
    } else if (code == EXIT_CODE_OK) {
        code = outfile_write(path, bytes_of_text(text), replace);
        if (code == EXIT_CODE_OK)
            fprintf(call->out, "%s\n", path);
    }
    free(text);
    json_decref(bundle);
    return code;
}
