#include "ctl/rows.h"

#include "ctl/csv.h"
#include "ctl/table.h"

#include <stdio.h>

void rows_text(const json_t *object, const char *name, char ret_text[VIEW_CONDITION_SIZE])
{
    const json_t *value = json_object_get(object, name);

    if (json_is_integer(value))
        snprintf(ret_text, VIEW_CONDITION_SIZE, "%llu",
                 (unsigned long long)view_number(object, name));
    else if (json_is_boolean(value))
        snprintf(ret_text, VIEW_CONDITION_SIZE, "%s", json_is_true(value) ? "yes" : "no");
    else
        snprintf(ret_text, VIEW_CONDITION_SIZE, "%s", view_text(object, name));
}

/* ---- rows ---- */

static void print_table(const struct rows *rows, const json_t *objects, FILE *out)
{
    struct table table;
    size_t i;
    json_t *object;

    table_begin(&table, rows->titles, rows->count);
    json_array_foreach(objects, i, object) {
        for (size_t c = 0; c < rows->count; c++) {
            char text[VIEW_CONDITION_SIZE];
            rows_text(object, rows->members[c], text);
            table_cell(&table, text);
        }
    }
    table_print(&table, "", out);
    table_fini(&table);
}

static void print_csv(const struct rows *rows, const json_t *objects, FILE *out)
{
    size_t i;
    json_t *object;

    for (size_t c = 0; c < rows->count; c++)
        csv_field(rows->members[c], c + 1 == rows->count, out);
    json_array_foreach(objects, i, object) {
        for (size_t c = 0; c < rows->count; c++) {
            char text[VIEW_CONDITION_SIZE];
            rows_text(object, rows->members[c], text);
            csv_field(text, c + 1 == rows->count, out);
        }
    }
}

void rows_print(const struct call *call, const struct rows *rows, const json_t *objects)
{
    size_t i;
    json_t *object;

    switch (call->format) {
    case FORMAT_TABLE:
    case FORMAT_WIDE:
        print_table(rows, objects, call->out);
        break;
    case FORMAT_CSV:
        print_csv(rows, objects, call->out);
        break;
    case FORMAT_JSON:
        view_json(call, objects);
        break;
    case FORMAT_JSONL:
        json_array_foreach(objects, i, object)
            view_json(call, object);
        break;
    case FORMAT_NAME:
        json_array_foreach(objects, i, object)
            fprintf(call->out, "%s\n", view_text(object, rows->members[0]));
        break;
    }
}

/* ---- one object, member by member ---- */

static void add_members(struct table *table, const char *prefix, const json_t *object)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)object, name, value) {
        char text[VIEW_CONDITION_SIZE], title[VIEW_CONDITION_SIZE];
        if (json_is_object(value)) {
            add_members(table, name, value);
            continue;
        }
        snprintf(title, sizeof title, "%s%s%s", prefix, prefix[0] != '\0' ? " " : "", name);
        rows_text(object, name, text);
        table_cell(table, title);
        table_cell(table, text);
    }
}

static void print_members(const struct call *call, const json_t *object)
{
    struct table table;

    table_init(&table, 2);
    add_members(&table, "", object);
    table_print(&table, "", call->out);
    table_fini(&table);
}

void rows_print_object(const struct call *call, const json_t *object)
{
    view_print(call, object, print_members, view_text(object, "name"));
}
