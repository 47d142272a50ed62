#include "ctl/column.h"

#include "base/clock.h"
#include "ctl/csv.h"
#include "ctl/table.h"
#include "ctl/view.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#define TEXT_SIZE COLUMN_TEXT_SIZE

/* ---- for people ---- */

static void age(const json_t *object, const char *member, char ret_text[TEXT_SIZE])
{
    view_since(instant_now().wall_ms, view_time(object, member), ret_text);
}

static void condition_age(const json_t *saga, char ret_text[TEXT_SIZE])
{
    age(json_object_get(saga, "condition"), "since", ret_text);
}

static void saga_age(const json_t *saga, char ret_text[TEXT_SIZE])
{
    age(saga, "created", ret_text);
}

static void next_text(const json_t *saga, char ret_text[TEXT_SIZE])
{
    uint64_t next_ms = view_time(saga, "next"), now_ms = instant_now().wall_ms;

    if (next_ms == 0)
        snprintf(ret_text, TEXT_SIZE, "-");
    else if (next_ms <= now_ms)
        snprintf(ret_text, TEXT_SIZE, "now");
    else
        snprintf(ret_text, TEXT_SIZE, "in %llus",
                 (unsigned long long)((next_ms - now_ms + 999u) / 1000u));
}

static void attempts_text(const json_t *saga, char ret_text[TEXT_SIZE])
{
    snprintf(ret_text, TEXT_SIZE, "%u", (unsigned)view_number(saga, "attempts"));
}

/* ---- for machines ---- */

static void condition_name(const json_t *saga, char ret_text[TEXT_SIZE])
{
    const char *name = view_text(json_object_get(saga, "condition"), "name");

    snprintf(ret_text, TEXT_SIZE, "%s", view_has_ended(saga) ? "" : name);
}

static void condition_since(const json_t *saga, char ret_text[TEXT_SIZE])
{
    snprintf(ret_text, TEXT_SIZE, "%s", view_text(json_object_get(saga, "condition"), "since"));
}

static const struct column columns[] = {
    {"id", false, "id", NULL, NULL},
    {"definition", false, "definition", NULL, NULL},
    {"phase", false, "phase", view_phase, NULL},
    {"condition", false, NULL, view_condition, condition_name},
    {"step", false, "step", NULL, NULL},
    {"tries", false, NULL, attempts_text, attempts_text},
    {"for", false, NULL, condition_age, condition_since},
    {"next", false, "next", next_text, NULL},
    {"hold", true, "hold", NULL, NULL},
    {"account", true, "account", NULL, NULL},
    {"code", true, "code", NULL, NULL},
    {"age", true, "created", saga_age, NULL},
    {"sid", true, "sid", NULL, NULL},
};

#define COLUMN_COUNT (sizeof columns / sizeof columns[0])
static_assert(COLUMN_COUNT <= COLUMN_COUNT_MAX, "a choice holds all columns");

/* ---- which ---- */

void column_pick(const struct column *from, size_t count, enum format format,
                 struct column_choice *ret_choice)
{
    bool all = format == FORMAT_WIDE || format == FORMAT_CSV;

    assert(count <= COLUMN_COUNT_MAX);
    ret_choice->count = 0;
    for (size_t i = 0; i < count; i++) {
        if (all || !from[i].wide)
            ret_choice->columns[ret_choice->count++] = &from[i];
    }
}

void column_default(enum format format, struct column_choice *ret_choice)
{
    column_pick(columns, COLUMN_COUNT, format, ret_choice);
}

static const struct column *find(const char *name, size_t length)
{
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        if (strlen(columns[i].name) == length && strncmp(columns[i].name, name, length) == 0)
            return &columns[i];
    }
    return NULL;
}

static bool complain(const char *what, const char *name, size_t length)
{
    fprintf(stderr, "sagactl: --columns: %s '%.*s'; there are ", what, (int)length, name);
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        fprintf(stderr, "%s%s", i > 0 ? "," : "", columns[i].name);
    fputc('\n', stderr);
    return false;
}

bool column_choose(const char *names, struct column_choice *ret_choice)
{
    ret_choice->count = 0;
    for (const char *at = names;;) {
        size_t length = strcspn(at, ",");
        const struct column *column = find(at, length);
        if (column == NULL)
            return complain("no column", at, length);
        if (ret_choice->count == COLUMN_COUNT_MAX)
            return complain("too many columns at", at, length);
        ret_choice->columns[ret_choice->count++] = column;
        if (at[length] == '\0')
            return true;
        at += length + 1;
    }
}

/* ---- showing ---- */

static void show(void (*text)(const json_t *, char *), const char *member, const json_t *row,
                 char ret_text[TEXT_SIZE])
{
    if (text != NULL)
        text(row, ret_text);
    else
        snprintf(ret_text, TEXT_SIZE, "%s", view_text(row, member));
}

static void print_csv(const struct column_choice *choice, const json_t *rows, FILE *out)
{
    size_t i;
    json_t *row;

    for (size_t c = 0; c < choice->count; c++)
        csv_field(choice->columns[c]->name, c + 1 == choice->count, out);
    json_array_foreach(rows, i, row)
    {
        for (size_t c = 0; c < choice->count; c++) {
            char text[TEXT_SIZE];
            show(choice->columns[c]->machine, choice->columns[c]->member, row, text);
            csv_field(text, c + 1 == choice->count, out);
        }
    }
}

static void add_title(struct table *table, const char *name)
{
    char title[TEXT_SIZE];
    size_t i = 0;

    for (; name[i] != '\0' && i + 1 < sizeof title; i++)
        title[i] = (char)toupper((unsigned char)name[i]);
    title[i] = '\0';
    table_cell(table, title);
}

static void add_cell(struct table *table, const struct column *column, const json_t *row)
{
    char text[TEXT_SIZE];

    show(column->people, column->member, row, text);
    table_cell(table, text[0] != '\0' ? text : "-");
}

void column_print(const struct column_choice *choice, const json_t *rows, enum format format,
                  FILE *out)
{
    struct table table;
    size_t i;
    json_t *row;

    if (format == FORMAT_CSV) {
        print_csv(choice, rows, out);
        return;
    }
    table_init(&table, choice->count);
    for (size_t c = 0; c < choice->count; c++)
        add_title(&table, choice->columns[c]->name);
    json_array_foreach(rows, i, row)
    {
        for (size_t c = 0; c < choice->count; c++)
            add_cell(&table, choice->columns[c], row);
    }
    table_print(&table, "", out);
    table_fini(&table);
}
