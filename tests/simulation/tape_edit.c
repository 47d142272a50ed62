#include "simulation/tape_edit.h"

#include "simulation/oracle.h"
#include "simulation/swarm.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- leaving out ---- */

void tape_drop_clients(struct tape *tape, size_t first, size_t count)
{
    assert(first + count <= tape->client_count);
    memmove(&tape->clients[first], &tape->clients[first + count],
            (tape->client_count - first - count) * sizeof tape->clients[0]);
    tape->client_count -= (uint32_t)count;
}

void tape_drop_marks(struct tape *tape, size_t first, size_t count)
{
    assert(first + count <= tape->mark_count);
    if (count == 0)
        return;
    memmove(&tape->marks[first], &tape->marks[first + count],
            (tape->mark_count - first - count) * sizeof tape->marks[0]);
    tape->mark_count -= count;
}

void tape_drop_subject(struct tape *tape, uint32_t subject)
{
    size_t kept = 0;

    for (size_t i = 0; i < tape->mark_count; i++)
        if (tape->marks[i].subject != subject)
            tape->marks[kept++] = tape->marks[i];
    tape->mark_count = kept;
}

static bool is_used(const struct tape *tape, uint32_t definition)
{
    for (uint32_t i = 0; i < tape->client_count; i++)
        if (tape->clients[i].definition == definition)
            return true;
    return false;
}

static void drop_definition(struct tape *tape, uint32_t definition)
{
    memmove(&tape->definitions[definition], &tape->definitions[definition + 1],
            (tape->definition_count - definition - 1) * sizeof tape->definitions[0]);
    tape->definition_count--;
    for (uint32_t i = 0; i < tape->client_count; i++)
        if (tape->clients[i].definition > definition)
            tape->clients[i].definition--;
}

void tape_drop_unused(struct tape *tape)
{
    size_t kept = 0;

    for (size_t i = 0; i < tape->mark_count; i++)
        if (tape->marks[i].used)
            tape->marks[kept++] = tape->marks[i];
    tape->mark_count = kept;
    for (uint32_t i = tape->definition_count; i-- > 0;)
        if (!is_used(tape, i))
            drop_definition(tape, i);
}

/* ---- clients with other numbers ---- */

static uint32_t place_in_list(const struct tape *tape, uint64_t number)
{
    uint32_t i = 0;

    while (i < tape->client_count && tape->clients[i].number != number)
        i++;
    return i;
}

/* The same place, of another client or step; false when nobody has it any more. */
static bool move_place(const struct tape *tape, uint64_t *encoded)
{
    struct place place = place_read(*encoded);

    if (place.kind == PLACE_AT || place.kind == PLACE_POLL || place.kind == PLACE_REPLY)
        return true;
    uint32_t client = place_in_list(tape, place.a);
    if (client == tape->client_count)
        return false;
    if (place.kind == PLACE_CLIENT)
        *encoded = place_client(client);
    else if (place.kind == PLACE_EVENT)
        *encoded = place_event(client, place.b);
    else
        *encoded = place_call(place.kind, client, place.b, place.direction, place.attempt);
    return true;
}

/* An operator's order names a client, plus one, in its second mark (people.c). */
static bool names_client(const struct tape_mark *mark)
{
    return mark->subject == MISHAP_OPERATOR && mark->ordinal == 2 &&
           place_read(mark->place).kind == PLACE_AT;
}

/* All or none, since no two may have one name. */
static bool can_be_renamed(const struct tape *tape)
{
    for (uint32_t i = 0; i < tape->definition_count; i++)
        if (strncmp(tape->definitions[i].text, "saga: ", 6) != 0 ||
            strlen(tape->definitions[i].text) + TAPE_NAME_SIZE > TAPE_DEFINITION_SIZE)
            return false;
    return true;
}

static void renumber_definitions(struct tape *tape)
{
    char text[TAPE_DEFINITION_SIZE];

    for (uint32_t i = 0; i < tape->definition_count && can_be_renamed(tape); i++) {
        struct tape_definition *definition = &tape->definitions[i];
        int size = snprintf(text, sizeof text, "saga: d%u%s", i, strchr(definition->text, '\n'));
        assert(size > 0 && size < (int)sizeof text);
        memcpy(definition->text, text, (size_t)size + 1);
        snprintf(definition->name, sizeof definition->name, "d%u", i);
    }
}

void tape_renumber(struct tape *tape)
{
    size_t kept = 0;

    for (size_t i = 0; i < tape->mark_count; i++) {
        struct tape_mark mark = tape->marks[i];
        if (!move_place(tape, &mark.place))
            continue;
        if (names_client(&mark))
            mark.value = place_in_list(tape, mark.value - 1) + 1;
        tape->marks[kept++] = mark;
    }
    tape->mark_count = kept;
    for (uint32_t i = 0; i < tape->client_count; i++)
        tape->clients[i].number = i;
    renumber_definitions(tape);
}

/* ---- fewer steps ---- */

/* A name of a step is "s3", and stands between punctuation. */
static bool is_step_name(const char *text, const char *at)
{
    size_t digits = strspn(at + 1, "0123456789");

    return *at == 's' && digits > 0 && at > text && strchr(" [", at[-1]) != NULL &&
           strchr(",]}", at[1 + digits]) != NULL;
}

/* One line without the step: in lists it is left out, and those after it count one less. */
static size_t copy_line(const char *line, size_t size, uint32_t step, char *out)
{
    size_t used = 0;

    for (size_t i = 0; i < size; i++) {
        if (!is_step_name(line, line + i)) {
            out[used++] = line[i];
            continue;
        }
        size_t digits = strspn(line + i + 1, "0123456789");
        uint32_t number = (uint32_t)strtoul(line + i + 1, NULL, 10);
        i += digits;
        if (number != step) {
            used += (size_t)sprintf(out + used, "s%u", number - (number > step));
        } else if (line[i + 1] == ',') {
            i += 2; /* And the space. */
        } else if (used >= 2 && out[used - 2] == ',') {
            used -= 2;
        }
    }
    return used;
}

/* The line of the step in a definition; NULL: it has none. */
static const char *line_of_step(const char *text, uint32_t step)
{
    char begin[24];

    snprintf(begin, sizeof begin, "\n  - {name: s%u,", step);
    const char *found = strstr(text, begin);
    return found != NULL ? found + 1 : NULL;
}

/* Does a participant have a step, alone or as one of its routes? */
static bool takes_part(const char *steps, const char *name)
{
    size_t size = strlen(name);

    for (const char *at = strstr(steps, name); at != NULL; at = strstr(at + 1, name))
        if (strchr(" [", at[-1]) != NULL && strchr(",]", at[size]) != NULL && at[size] != '\0')
            return true;
    return false;
}

/* Who is guarded takes part, so the list must be made anew: "guarded: [p0, p3]". */
static void mend_guarded(char *text)
{
    static const char begin[] = "\nguarded: [";
    char *line = strstr(text, begin), *end = line != NULL ? strchr(line + 1, '\n') : NULL;
    char mended[64], name[4], *out = mended;

    if (end == NULL)
        return;
    for (uint32_t i = 0; i < 10; i++) {
        snprintf(name, sizeof name, "p%u", i);
        const char *listed = strstr(line, name);
        if (listed != NULL && listed < end && takes_part(end, name))
            out += sprintf(out, "%s%s", out == mended ? begin : ", ", name);
    }
    if (out > mended)
        out += sprintf(out, "]");
    size_t size = (size_t)(out - mended);
    if (size > (size_t)(end - line))
        return;
    memmove(line + size, end, strlen(end) + 1);
    memcpy(line, mended, size);
}

static void write_without(struct tape_definition *definition, uint32_t step)
{
    static char text[TAPE_DEFINITION_SIZE];
    const char *gone = line_of_step(definition->text, step);
    size_t used = 0;

    for (const char *line = definition->text; *line != '\0';) {
        const char *newline = strchr(line, '\n');
        size_t size = newline != NULL ? (size_t)(newline - line) + 1 : strlen(line);
        if (line != gone)
            used += copy_line(line, size, step, text + used);
        line += size;
    }
    text[used] = '\0';
    mend_guarded(text);
    used = strlen(text);
    memcpy(definition->text, text, used + 1);
}

static void move_steps(struct tape *tape, uint32_t definition, uint32_t step)
{
    size_t kept = 0;

    for (size_t i = 0; i < tape->mark_count; i++) {
        struct tape_mark *mark = &tape->marks[i];
        struct place place = place_read(mark->place);
        uint32_t client = place_in_list(tape, place.a);
        bool called = place.kind == PLACE_CALL || place.kind == PLACE_ANSWER;
        if (called && client < tape->client_count &&
            tape->clients[client].definition == definition) {
            if (place.b == step)
                continue;
            place.b -= place.b > step;
            mark->place = place_call(place.kind, (uint32_t)place.a, place.b, place.direction,
                                     place.attempt);
        }
        tape->marks[kept++] = *mark;
    }
    tape->mark_count = kept;
}

bool tape_drop_step(struct tape *tape, uint32_t definition, uint32_t step)
{
    const char *text = tape->definitions[definition].text;

    if (line_of_step(text, step) == NULL || line_of_step(text, 1) == NULL)
        return false;
    write_without(&tape->definitions[definition], step);
    move_steps(tape, definition, step);
    return true;
}
