#include "simulation/script.h"

#include "simulation/oracle.h"
#include "simulation/swarm.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_LINE "saga-sim script 1"
#define CALM_MS_MAX 300000u
#define ORDINAL_MAX 1000000u
#define WORDS_MAX 12u
#define WORKERS_MAX 10u

static const char *const kinds[PLACE_KINDS] = {
    [PLACE_AT] = "at",     [PLACE_CLIENT] = "client", [PLACE_EVENT] = "event",
    [PLACE_CALL] = "call", [PLACE_ANSWER] = "answer", [PLACE_POLL] = "poll",
    [PLACE_REPLY] = "reply",
};
static const char *const directions[DIRECTIONS] = {"do", "undo", "fence"};

/* ---- writing ---- */

static void write_place(uint64_t encoded, FILE *file)
{
    struct place place = place_read(encoded);

    fprintf(file, " %s %" PRIu64, kinds[place.kind], place.a);
    if (place.kind == PLACE_EVENT)
        fprintf(file, ".%u", place.b);
    else if (place.kind == PLACE_CALL || place.kind == PLACE_ANSWER)
        fprintf(file, ".%u.%s.%u", place.b, directions[place.direction], place.attempt);
}

static void write_mark(const struct tape_mark *mark, FILE *file)
{
    fputs(tape_subject_name(mark->subject), file);
    write_place(mark->place, file);
    if (mark->ordinal != 1)
        fprintf(file, " #%u", mark->ordinal);
    if (mark->value != 1)
        fprintf(file, " = %u", mark->value);
    fputc('\n', file);
}

static void write_settings(const struct tape_settings *settings, FILE *file)
{
    if (settings->violates != 0)
        fprintf(file, "violates I-%02u\n", settings->violates);
    if (settings->bug[0] != '\0')
        fprintf(file, "bug %s\n", settings->bug);
    fprintf(file, "seed %" PRIu64 "\ncalm %" PRIu64 "\nworkers %u polls %u slots %u\n",
            settings->seed, settings->calm_ms, settings->workers, settings->polls,
            settings->slots);
    if (settings->queue != 0)
        fprintf(file, "queue %u\n", settings->queue);
    if (settings->unguarded)
        fputs("unguarded\n", file);
}

void script_write(const struct tape *tape, FILE *file)
{
    fputs(FIRST_LINE "\n", file);
    write_settings(&tape->settings, file);
    for (uint32_t i = 0; i < tape->definition_count; i++)
        fprintf(file, "definition %s\n%send\n", tape->definitions[i].name,
                tape->definitions[i].text);
    for (uint32_t i = 0; i < tape->client_count; i++) {
        const struct tape_client *client = &tape->clients[i];
        fprintf(file, "client %u %s at %" PRIu64 "%s%s\n", client->number,
                tape->definitions[client->definition].name, client->at_ms,
                client->keyed ? " keyed" : "", client->wants_service ? " want-of-service" : "");
    }
    for (size_t i = 0; i < tape->mark_count; i++)
        write_mark(&tape->marks[i], file);
}

/* ---- reading: words ---- */

struct reading {
    const char *at, *end;
    struct tape *tape;
    struct script_error *error;
    char line[SCRIPT_LINE_MAX + 1];
    char *words[WORDS_MAX];
    size_t word_count;
};

static bool refuse(struct reading *reading, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool refuse(struct reading *reading, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(reading->error->words, sizeof reading->error->words, format, arguments);
    va_end(arguments);
    return false;
}

/* The next line without its end; false when there is none. */
static bool next_line(struct reading *reading, const char **ret_line, size_t *ret_size)
{
    if (reading->at == reading->end)
        return false;
    size_t left = (size_t)(reading->end - reading->at);
    const char *newline = memchr(reading->at, '\n', left);
    *ret_line = reading->at;
    *ret_size = newline != NULL ? (size_t)(newline - reading->at) : left;
    reading->at += *ret_size + (newline != NULL);
    reading->error->line++;
    return true;
}

static bool split(struct reading *reading, const char *line, size_t size)
{
    char *rest = NULL;

    if (size > SCRIPT_LINE_MAX)
        return refuse(reading, "the line is longer than %u characters", SCRIPT_LINE_MAX);
    if (memchr(line, '\0', size) != NULL)
        return refuse(reading, "there is a NUL in it");
    memcpy(reading->line, line, size);
    reading->line[size] = '\0';
    reading->word_count = 0;
    for (char *word = strtok_r(reading->line, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        if (reading->word_count == WORDS_MAX)
            return refuse(reading, "there are more than %u words", WORDS_MAX);
        reading->words[reading->word_count++] = word;
    }
    return true;
}

/* A decimal number up to @most and what follows it. */
static bool take_number(const char **text, uint64_t most, uint64_t *ret_number)
{
    uint64_t number = 0;
    const char *at = *text;

    for (; *at >= '0' && *at <= '9'; at++) {
        uint64_t digit = (uint64_t)(*at - '0');
        if (number > (most - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    if (at == *text)
        return false;
    *text = at;
    *ret_number = number;
    return true;
}

static bool number(struct reading *reading, size_t word, uint64_t least, uint64_t most,
                   uint64_t *ret_number)
{
    const char *text = word < reading->word_count ? reading->words[word] : "";

    if (!take_number(&text, most, ret_number) || *text != '\0' || *ret_number < least)
        return refuse(reading, "word %zu must be a number from %" PRIu64 " to %" PRIu64, word + 1,
                      least, most);
    return true;
}

static bool number32(struct reading *reading, size_t word, uint32_t least, uint32_t most,
                     uint32_t *ret_number)
{
    uint64_t read = 0;

    if (!number(reading, word, least, most, &read))
        return false;
    *ret_number = (uint32_t)read;
    return true;
}

static bool is_word(const struct reading *reading, size_t word, const char *text)
{
    return word < reading->word_count && strcmp(reading->words[word], text) == 0;
}

static bool has_words(struct reading *reading, size_t count)
{
    return reading->word_count == count ||
           refuse(reading, "there must be %zu words, not %zu", count, reading->word_count);
}

/* A name that may become part of a path or of YAML. */
static bool name(struct reading *reading, size_t word, size_t size, char *ret_name)
{
    const char *text = word < reading->word_count ? reading->words[word] : "";
    size_t length = strlen(text);

    if (length == 0 || length >= size ||
        strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_") != length)
        return refuse(reading, "word %zu must be a name of up to %zu letters", word + 1, size - 1);
    memcpy(ret_name, text, length + 1);
    return true;
}

/* ---- reading: settings, definitions, clients ---- */

static bool read_violates(struct reading *reading)
{
    uint64_t invariant = 0;

    if (!has_words(reading, 2))
        return false;
    const char *text = reading->words[1];
    if (strncmp(text, "I-", 2) != 0)
        return refuse(reading, "an invariant is written I-35");
    text += 2;
    if (!take_number(&text, 99, &invariant) || *text != '\0' || invariant == 0)
        return refuse(reading, "an invariant is written I-35");
    reading->tape->settings.violates = (uint32_t)invariant;
    return true;
}

static bool read_workers(struct reading *reading)
{
    struct tape_settings *settings = &reading->tape->settings;

    if (!has_words(reading, 6) || !is_word(reading, 2, "polls") || !is_word(reading, 4, "slots"))
        return refuse(reading, "it is: workers N polls N slots N");
    return number32(reading, 1, 1, 2, &settings->workers) &&
           number32(reading, 3, 1, 4, &settings->polls) &&
           number32(reading, 5, 1, 64, &settings->slots);
}

static uint32_t definition_named(const struct tape *tape, const char *wanted)
{
    uint32_t i = 0;

    while (i < tape->definition_count && strcmp(tape->definitions[i].name, wanted) != 0)
        i++;
    return i;
}

/* All lines up to `end` are its text. */
static bool read_definition(struct reading *reading)
{
    struct tape *tape = reading->tape;
    char named[TAPE_NAME_SIZE];
    const char *line;
    size_t size, used = 0;

    if (!has_words(reading, 2) || !name(reading, 1, sizeof named, named))
        return false;
    if (definition_named(tape, named) != tape->definition_count)
        return refuse(reading, "there is a definition %s already", named);
    if (tape->definition_count == TAPE_DEFINITIONS_MAX)
        return refuse(reading, "there are more than %u definitions", TAPE_DEFINITIONS_MAX);
    struct tape_definition *definition = &tape->definitions[tape->definition_count++];
    memcpy(definition->name, named, sizeof named);
    while (next_line(reading, &line, &size)) {
        if (size == 3 && memcmp(line, "end", 3) == 0) {
            definition->text[used] = '\0';
            return true;
        }
        if (size + 2 > sizeof definition->text - used || memchr(line, '\0', size) != NULL)
            return refuse(reading, "a definition is text of up to %zu characters",
                          sizeof definition->text - 1);
        memcpy(definition->text + used, line, size);
        used += size;
        definition->text[used++] = '\n';
    }
    return refuse(reading, "the definition %s has no end", named);
}

static bool read_client(struct reading *reading)
{
    struct tape *tape = reading->tape;
    struct tape_client client = {0};

    if (reading->word_count < 5 || !is_word(reading, 3, "at"))
        return refuse(reading, "it is: client N DEFINITION at MS [keyed] [want-of-service]");
    if (!number32(reading, 1, 0, TAPE_CLIENTS_MAX - 1, &client.number) ||
        !number(reading, 4, 0, CALM_MS_MAX, &client.at_ms))
        return false;
    client.definition = definition_named(tape, reading->words[2]);
    if (client.definition == tape->definition_count)
        return refuse(reading, "there is no definition %s above", reading->words[2]);
    for (uint32_t i = 0; i < tape->client_count; i++)
        if (tape->clients[i].number == client.number)
            return refuse(reading, "there is a client %u already", client.number);
    size_t word = 5;
    if (is_word(reading, word, "keyed")) {
        client.keyed = true;
        word++;
    }
    if (is_word(reading, word, "want-of-service")) {
        client.wants_service = true;
        word++;
    }
    if (!has_words(reading, word))
        return false;
    tape->clients[tape->client_count++] = client;
    return true;
}

/* ---- reading: marks ---- */

/* "CLIENT.STEP.DIRECTION.ATTEMPT" */
static bool read_call(const char *text, enum place_kind kind, uint64_t *ret_place)
{
    uint64_t client, step, attempt;
    uint32_t direction = 0;

    if (!take_number(&text, TAPE_CLIENTS_MAX - 1, &client) || *text++ != '.' ||
        !take_number(&text, SIM_STEPS_MAX - 1, &step) || *text++ != '.')
        return false;
    while (direction < DIRECTIONS &&
           strncmp(text, directions[direction], strlen(directions[direction])) != 0)
        direction++;
    if (direction == DIRECTIONS)
        return false;
    text += strlen(directions[direction]);
    if (*text++ != '.' || !take_number(&text, PLACE_ATTEMPT_MAX, &attempt) || *text != '\0')
        return false;
    *ret_place =
        place_call(kind, (uint32_t)client, (uint32_t)step, direction, (uint32_t)attempt);
    return true;
}

static bool read_event(const char *text, uint64_t *ret_place)
{
    uint64_t client, sequence;

    if (!take_number(&text, TAPE_CLIENTS_MAX - 1, &client) || *text++ != '.' ||
        !take_number(&text, PLACE_SEQUENCE_MAX, &sequence) || *text != '\0')
        return false;
    *ret_place = place_event((uint32_t)client, (uint32_t)sequence);
    return true;
}

static bool read_place(struct reading *reading, enum place_kind kind, uint64_t *ret_place)
{
    uint64_t a = 0;

    switch (kind) {
    case PLACE_AT:
        if (!number(reading, 2, 0, PLACE_TIME_MAX, &a))
            return false;
        *ret_place = place_at(a);
        return true;
    case PLACE_CLIENT:
        if (!number(reading, 2, 0, TAPE_CLIENTS_MAX - 1, &a))
            return false;
        *ret_place = place_client((uint32_t)a);
        return true;
    case PLACE_POLL:
    case PLACE_REPLY:
        if (!number(reading, 2, 0, WORKERS_MAX - 1, &a))
            return false;
        *ret_place = place_worker(kind, (uint32_t)a);
        return true;
    case PLACE_EVENT:
        return read_event(reading->words[2], ret_place) ||
               refuse(reading, "an event is CLIENT.SEQUENCE");
    case PLACE_CALL:
    case PLACE_ANSWER:
        return read_call(reading->words[2], kind, ret_place) ||
               refuse(reading, "a call is CLIENT.STEP.do.ATTEMPT, or undo, or fence");
    case PLACE_KINDS:
        break;
    }
    return refuse(reading, "nothing happens %s", reading->words[1]);
}

/* SUBJECT KIND PLACE [#ORDINAL] [= VALUE] */
static bool read_mark(struct reading *reading)
{
    struct tape_mark mark = {.ordinal = 1, .value = 1};
    uint32_t kind = 0;
    uint64_t ordinal = 1;
    size_t word = 3;

    mark.subject = tape_subject_named(reading->words[0]);
    if (mark.subject == TAPE_SUBJECTS)
        return refuse(reading, "%.40s is nothing that happens", reading->words[0]);
    if (reading->word_count < 3)
        return refuse(reading, "it is: MISHAP PLACE WHICH [#TIMES] [= VALUE]");
    while (kind < PLACE_KINDS && strcmp(kinds[kind], reading->words[1]) != 0)
        kind++;
    if (!read_place(reading, (enum place_kind)kind, &mark.place))
        return false;
    if (word < reading->word_count && reading->words[word][0] == '#') {
        const char *text = reading->words[word] + 1;
        if (!take_number(&text, ORDINAL_MAX, &ordinal) || *text != '\0' || ordinal == 0)
            return refuse(reading, "after # is a number from 1 to %u", ORDINAL_MAX);
        mark.ordinal = (uint32_t)ordinal;
        word++;
    }
    if (is_word(reading, word, "=")) {
        if (!number32(reading, word + 1, 1, UINT32_MAX, &mark.value))
            return false;
        word += 2;
    }
    if (!has_words(reading, word))
        return false;
    if (reading->tape->mark_count == SCRIPT_MARKS_MAX)
        return refuse(reading, "there are more than %u marks", SCRIPT_MARKS_MAX);
    tape_add_mark(reading->tape, &mark);
    return true;
}

/* ---- reading: all ---- */

static bool read_line(struct reading *reading)
{
    struct tape_settings *settings = &reading->tape->settings;

    if (is_word(reading, 0, "violates"))
        return read_violates(reading);
    if (is_word(reading, 0, "bug"))
        return has_words(reading, 2) && name(reading, 1, sizeof settings->bug, settings->bug);
    if (is_word(reading, 0, "seed"))
        return has_words(reading, 2) && number(reading, 1, 0, UINT64_MAX, &settings->seed);
    if (is_word(reading, 0, "calm"))
        return has_words(reading, 2) && number(reading, 1, 1, CALM_MS_MAX, &settings->calm_ms);
    if (is_word(reading, 0, "workers") && is_word(reading, 2, "polls"))
        return read_workers(reading);
    if (is_word(reading, 0, "queue"))
        return has_words(reading, 2) && number32(reading, 1, 1, 1000, &settings->queue);
    if (is_word(reading, 0, "definition"))
        return read_definition(reading);
    if (is_word(reading, 0, "client"))
        return read_client(reading);
    if (!is_word(reading, 0, "unguarded") || reading->word_count > 1)
        return read_mark(reading);
    settings->unguarded = true;
    return true;
}

static bool read_all(struct reading *reading)
{
    const struct tape_mark *twice;
    const char *line = NULL;
    size_t size = 0;

    while (next_line(reading, &line, &size) && size > 0 && line[0] == '#')
        ;
    if (reading->error->line == 0 || size != strlen(FIRST_LINE) ||
        memcmp(line, FIRST_LINE, size) != 0)
        return refuse(reading, "it must begin with: " FIRST_LINE);
    while (next_line(reading, &line, &size)) {
        if (size == 0 || line[0] == '#')
            continue;
        if (!split(reading, line, size))
            return false;
        if (reading->word_count > 0 && !read_line(reading))
            return false;
    }
    if (reading->tape->settings.calm_ms == 0 || reading->tape->settings.workers == 0)
        return refuse(reading, "a script says `calm` and `workers`");
    if (reading->tape->client_count == 0)
        return refuse(reading, "a script has a client");
    if (!tape_sort(reading->tape, &twice))
        return refuse(reading, "%s is there twice at one place", tape_subject_name(twice->subject));
    return true;
}

int script_read(const char *text, size_t size, struct tape *ret_tape,
                struct script_error *ret_error)
{
    struct reading reading = {
        .at = text, .end = text + size, .tape = ret_tape, .error = ret_error};

    tape_record(ret_tape);
    ret_tape->settings = (struct tape_settings){0};
    *ret_error = (struct script_error){0};
    if (size > SCRIPT_SIZE_MAX)
        return !refuse(&reading, "it is larger than %u bytes", SCRIPT_SIZE_MAX);
    return !read_all(&reading);
}
