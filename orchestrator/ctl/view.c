#include "ctl/view.h"

#include "base/bytes.h"
#include "base/id.h"
#include "ctl/age.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define READ_SIZE 4096u

const char *view_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text != NULL ? text : "";
}

uint64_t view_number(const json_t *object, const char *name)
{
    json_int_t number = json_integer_value(json_object_get(object, name));

    return number > 0 ? (uint64_t)number : 0;
}

uint64_t view_time(const json_t *object, const char *name)
{
    uint64_t time_ms = 0;

    return age_parse(view_text(object, name), &time_ms) ? time_ms : 0;
}

bool view_has_ended(const json_t *saga)
{
    const char *phase = view_text(saga, "phase");

    return strcmp(phase, "completed") == 0 || strcmp(phase, "compensated") == 0 ||
           strcmp(phase, "terminated") == 0;
}

bool view_is_parked(const json_t *saga)
{
    return strcmp(view_text(saga, "hold"), "parked") == 0;
}

enum exit_code view_end_code(const json_t *saga)
{
    const char *phase = view_text(saga, "phase");

    if (strcmp(phase, "completed") == 0)
        return EXIT_CODE_OK;
    if (strcmp(phase, "compensated") == 0)
        return EXIT_CODE_COMPENSATED;
    if (strcmp(phase, "terminated") == 0)
        return EXIT_CODE_FAILED;
    return view_is_parked(saga) ? EXIT_CODE_PARKED : EXIT_CODE_UNREACHABLE;
}

void view_condition(const json_t *saga, char ret_text[VIEW_CONDITION_SIZE])
{
    const json_t *condition = json_object_get(saga, "condition");
    const char *name = view_text(condition, "name"), *subject = view_text(condition, "subject");

    if (view_has_ended(saga) || name[0] == '\0')
        snprintf(ret_text, VIEW_CONDITION_SIZE, "-");
    else
        snprintf(ret_text, VIEW_CONDITION_SIZE, "%s%s%s", name, subject[0] != '\0' ? ": " : "",
                 subject);
}

void view_phase(const json_t *saga, char ret_text[VIEW_CONDITION_SIZE])
{
    const char *hold = view_text(saga, "hold");
    bool held = hold[0] != '\0' && strcmp(hold, "none") != 0;

    snprintf(ret_text, VIEW_CONDITION_SIZE, "%s%s%s", view_text(saga, "phase"), held ? ", " : "",
             held ? hold : "");
}

void view_since(uint64_t now_ms, uint64_t time_ms, char ret_text[VIEW_CONDITION_SIZE])
{
    if (time_ms == 0)
        snprintf(ret_text, VIEW_CONDITION_SIZE, "-");
    else
        age_text(now_ms > time_ms ? now_ms - time_ms : 0, ret_text);
}

void view_offset(const json_t *saga, const json_t *event, char ret_text[VIEW_CONDITION_SIZE])
{
    uint64_t start_ms = view_time(saga, "created"), time_ms = view_time(event, "time");

    ret_text[0] = '+';
    age_offset(time_ms > start_ms ? time_ms - start_ms : 0, ret_text + 1);
}

enum exit_code view_object(const struct call *call, const char *path, json_t **ret_object)
{
    struct server_answer answer;

    if (!server_get(call->server, path, &answer)) {
        enum exit_code code = server_complain(call->server, &answer);
        server_answer_fini(&answer);
        return code;
    }
    if (!json_is_object(answer.body)) {
        fputs("sagactl: the server's answer is not a JSON object\n", stderr);
        server_answer_fini(&answer);
        return EXIT_CODE_FAILED;
    }
    *ret_object = answer.body;
    return EXIT_CODE_OK;
}

bool view_is_id(const char *word)
{
    struct saga_id id;
    bool is_id = id_parse(word, &id);

    if (!is_id)
        fprintf(stderr, "sagactl: '%s' is neither a saga's id nor a SID\n", word);
    return is_id;
}

enum exit_code view_saga(const struct call *call, const char *suffix, json_t **ret_saga)
{
    char path[SERVER_PATH_SIZE];

    /* What has not the form of an id names nothing; and it must not become part of a path. */
    if (!view_is_id(call->words[0]))
        return EXIT_CODE_NOT_FOUND;
    snprintf(path, sizeof path, "/v1/sagas/%s%s", call->words[0], suffix);
    return view_object(call, path, ret_saga);
}

void view_json_line(const struct call *call, const json_t *json)
{
    json_dumpf(json, call->out, JSON_COMPACT);
    fputc('\n', call->out);
}

void view_json(const struct call *call, const json_t *json)
{
    size_t flags = call->format == FORMAT_JSON ? JSON_INDENT(2) : JSON_COMPACT;

    json_dumpf(json, call->out, flags);
    fputc('\n', call->out);
}

void view_print(const struct call *call, const json_t *object,
                void (*print)(const struct call *call, const json_t *object), const char *name)
{
    switch (call->format) {
    case FORMAT_TABLE:
    case FORMAT_WIDE:
    case FORMAT_CSV:
        print(call, object);
        break;
    case FORMAT_JSON:
    case FORMAT_JSONL:
        view_json(call, object);
        break;
    case FORMAT_NAME:
        fprintf(call->out, "%s\n", name);
        break;
    }
}

/* At most VIEW_INPUT_MAX bytes; false with a sentence on stderr. */
static bool read_all(FILE *file, const char *name, struct buffer *text)
{
    char part[READ_SIZE];
    size_t size;

    while ((size = fread(part, 1, sizeof part, file)) > 0) {
        if (text->size + size > VIEW_INPUT_MAX || buffer_append(text, part, size) < 0) {
            fprintf(stderr, "sagactl: %s is larger than %u bytes\n", name, VIEW_INPUT_MAX);
            return false;
        }
    }
    if (ferror(file)) {
        fprintf(stderr, "sagactl: cannot read %s\n", name);
        return false;
    }
    return true;
}

static bool read_input(const char *argument, struct buffer *text)
{
    if (strcmp(argument, "-") == 0)
        return read_all(stdin, "standard input", text);
    FILE *file = fopen(argument + 1, "re");
    if (file == NULL) {
        fprintf(stderr, "sagactl: %s: %s\n", argument + 1, strerror(errno));
        return false;
    }
    bool done = read_all(file, argument + 1, text);
    fclose(file);
    return done;
}

json_t *view_input(const char *argument)
{
    json_error_t error;
    json_t *json = NULL;
    struct buffer text = {0};
    size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY;
    bool direct = argument[0] != '@' && strcmp(argument, "-") != 0;

    if (direct)
        json = json_loads(argument, flags, &error);
    else if (read_input(argument, &text))
        json = json_loadb((const char *)text.data, text.size, flags, &error);
    else
        goto out;
    if (json == NULL)
        fprintf(stderr, "sagactl: not JSON: %s, line %d, column %d\n", error.text, error.line,
                error.column);
out:
    buffer_fini(&text);
    return json;
}
