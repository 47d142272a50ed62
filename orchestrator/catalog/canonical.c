/*
 * The canonical text: every value that a definition has, in one order and one spelling. It is a
 * definition file itself, so that what reads files reads it back.
 */
#include "catalog/canonical.h"

#include "base/fault.h"

#include <assert.h>
#include <sodium.h>

/* A list in brackets, one name at a time. */
struct names {
    struct buffer *text;
    bool any;
};

static int names_begin(struct names *names, struct buffer *text, const char *key)
{
    *names = (struct names){.text = text};
    return buffer_print(text, "%s: [", key);
}

static int names_add(struct names *names, const char *name)
{
    const char *separator = names->any ? ", " : "";

    names->any = true;
    return buffer_print(names->text, "%s%s", separator, name);
}

static int names_end(struct names *names)
{
    return buffer_print(names->text, "]\n");
}

static int print_guarded(const struct definition *definition, struct buffer *text)
{
    struct names names;
    int r = names_begin(&names, text, "guarded");

    for (size_t i = 0; r == 0 && i < definition->participant_count; i++)
        if (definition->participants[i].guarded)
            r = names_add(&names, definition->participants[i].name);
    return r == 0 ? names_end(&names) : r;
}

static int print_routes(const struct definition *definition, const struct definition_step *step,
                        struct buffer *text)
{
    struct names names;
    int r = names_begin(&names, text, "    routes");

    for (size_t i = 0; r == 0 && i < step->route_count; i++)
        r = names_add(&names, definition->participants[step->routes[i]].name);
    return r == 0 ? names_end(&names) : r;
}

static int print_needs(const struct definition *definition, const struct definition_step *step,
                       struct buffer *text)
{
    struct names names;
    int r = names_begin(&names, text, "    needs");

    for (uint32_t i = 0; r == 0 && i < definition->step_count; i++)
        if ((step->needs & 1u << i) != 0)
            r = names_add(&names, definition->steps[i].name);
    return r == 0 ? names_end(&names) : r;
}

static int print_flag(bool flag, const char *line, struct buffer *text)
{
    return flag ? buffer_print(text, "    %s\n", line) : 0;
}

static int print_step(const struct definition *definition, const struct definition_step *step,
                      struct buffer *text)
{
    int r = buffer_print(text, "  - name: %s\n    do: %s\n", step->name, step->operation);

    if (r == 0)
        r = print_routes(definition, step, text);
    if (r == 0 && step->undo[0] != '\0')
        r = buffer_print(text, "    undo: %s\n", step->undo);
    if (r == 0)
        r = print_flag(step->read_only, "read_only: true", text);
    if (r == 0)
        r = print_flag(step->pivot, "pivot: true", text);
    if (r == 0)
        r = print_needs(definition, step, text);
    if (r == 0)
        r = buffer_print(text,
                         "    timeout: %ums\n"
                         "    retry: {attempts: %u, base: %ums, factor: %u, max: %ums}\n",
                         step->timeout_ms, step->retry.attempts, step->retry.base_ms,
                         step->retry.factor, step->retry.max_ms);
    if (r == 0)
        r = print_flag(step->park_on_exhausted, "on_exhausted: park", text);
    if (r == 0)
        r = print_flag(step->compensate_on_reject, "compensate_on_reject: true", text);
    return r;
}

int canonical_print(const struct definition *definition, struct buffer *text)
{
    int r = buffer_print(text, "saga: %s\ndeadline: %llums\npatience: %llums\n", definition->name,
                         (unsigned long long)definition->deadline_ms,
                         (unsigned long long)definition->patience_ms);

    if (r == 0)
        r = print_guarded(definition, text);
    if (r == 0)
        r = buffer_print(text, "steps:\n");
    for (uint32_t i = 0; r == 0 && i < definition->step_count; i++)
        r = print_step(definition, &definition->steps[i], text);
    return r == 0 ? 0 : pass(r);
}

void canonical_hash(struct bytes text, uint8_t ret_hash[DEFINITION_HASH_SIZE])
{
    int r = crypto_generichash(ret_hash, DEFINITION_HASH_SIZE, text.data, text.size, NULL, 0);

    assert(r == 0);
}
