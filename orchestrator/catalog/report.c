/*
 * Positions come as line and column and are turned back into the line of the text when printed, so
 * that nobody has to carry pointers into it.
 */
#include "catalog/report.h"

#include "base/fault.h"
#include "base/utf8.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Shown before the column when the line is too long to be shown whole. */
#define REPORT_BEFORE_COLUMN 60u

void report_init(struct report *report, const char *file, struct bytes text)
{
    *report = (struct report){.file = file, .text = text};
}

void report_add(struct report *report, uint32_t line, uint32_t column, const char *format, ...)
{
    report->count++;
    if (report->kept == REPORT_PROBLEMS_MAX)
        return;

    struct report_problem *problem = &report->problems[report->kept++];
    problem->line = line;
    problem->column = column;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(problem->message, sizeof(problem->message), format, arguments);
    va_end(arguments);
}

static int problem_order(const void *left, const void *right)
{
    const struct report_problem *a = left, *b = right;

    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    if (a->column != b->column)
        return a->column < b->column ? -1 : 1;
    return strcmp(a->message, b->message);
}

/* The bytes of a line, without its end. */
static struct bytes line_of(struct bytes text, uint32_t line)
{
    const uint8_t *start = text.data, *end = text.data + text.size;

    for (uint32_t i = 1; i < line && start < end; i++) {
        const uint8_t *newline = memchr(start, '\n', (size_t)(end - start));
        start = newline != NULL ? newline + 1 : end;
    }
    const uint8_t *newline = start < end ? memchr(start, '\n', (size_t)(end - start)) : NULL;
    struct bytes found = {start, (size_t)((newline != NULL ? newline : end) - start)};
    if (found.size > 0 && found.data[found.size - 1] == '\r')
        found.size--;
    return found;
}

static bool continues_character(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

/* Drop characters from the front. */
static struct bytes without_first(struct bytes line, uint32_t characters)
{
    while (characters > 0 && line.size > 0) {
        do {
            line.data++;
            line.size--;
        } while (line.size > 0 && continues_character(line.data[0]));
        characters--;
    }
    return line;
}

/* Keep so many characters from the front. */
static struct bytes only_first(struct bytes line, uint32_t characters)
{
    struct bytes rest = without_first(line, characters);

    return (struct bytes){line.data, line.size - rest.size};
}

/* What cannot be shown becomes a question mark, so that the output is UTF-8 whatever came in. */
static size_t copy_visible(struct bytes from, char *to)
{
    size_t written = 0;

    for (size_t at = 0; at < from.size;) {
        uint32_t point;
        size_t length = utf8_next(bytes_of(from.data + at, from.size - at), &point);
        if (length == 0 || point == '\n' || utf8_is_invisible(point)) {
            to[written++] = '?';
        } else {
            memcpy(to + written, from.data + at, length);
            written += length;
        }
        at += length > 0 ? length : 1;
    }
    return written;
}

static int append_excerpt(struct buffer *text, struct bytes excerpt)
{
    uint8_t *end = buffer_reserve(text, excerpt.size);

    if (end == NULL)
        return fault(FAULT_MEMORY);
    text->size += copy_visible(excerpt, (char *)end);
    return 0;
}

/* Below the excerpt: a tab stays a tab, so that the caret stands where the reader looks. */
static int append_caret(struct buffer *text, struct bytes before)
{
    for (size_t i = 0; i < before.size; i++) {
        if (continues_character(before.data[i]))
            continue;
        int r = buffer_append(text, before.data[i] == '\t' ? "\t" : " ", 1);
        if (r < 0)
            return pass(r);
    }
    return buffer_append(text, "^\n", 2);
}

static int print_place(struct buffer *text, struct bytes line, uint32_t column)
{
    assert(column > 0);
    uint32_t skipped = 0;

    if (column > REPORT_EXCERPT_MAX - REPORT_BEFORE_COLUMN / 2)
        skipped = column - REPORT_BEFORE_COLUMN;
    const char *cut = skipped > 0 ? "... " : "";
    struct bytes shown = only_first(without_first(line, skipped), REPORT_EXCERPT_MAX);
    struct bytes before = only_first(shown, column - 1 - skipped);

    int r = buffer_append(text, cut, strlen(cut));
    if (r == 0)
        r = append_excerpt(text, shown);
    if (r == 0)
        r = buffer_append(text, "\n", 1);
    if (r == 0)
        r = buffer_append(text, "    ", strlen(cut));
    if (r == 0)
        r = append_caret(text, before);
    return r;
}

static int print_problem(const struct report *report, const struct report_problem *problem,
                         struct buffer *text)
{
    if (problem->line == 0)
        return buffer_print(text, "%s: %s\n", report->file, problem->message);

    int r = buffer_print(text, "%s:%u:%u: %s\n", report->file, problem->line, problem->column,
                         problem->message);
    if (r < 0)
        return pass(r);
    return print_place(text, line_of(report->text, problem->line), problem->column);
}

int report_print(struct report *report, struct buffer *text)
{
    assert(report->kept <= REPORT_PROBLEMS_MAX);
    qsort(report->problems, report->kept, sizeof(report->problems[0]), problem_order);
    for (size_t i = 0; i < report->kept; i++) {
        int r = print_problem(report, &report->problems[i], text);
        if (r < 0)
            return pass(r);
    }
    if (report->count > report->kept)
        return buffer_print(text, "%s: and %zu more\n", report->file, report->count - report->kept);
    return 0;
}

const char *report_quote(const char *value, size_t size, char ret_quote[REPORT_QUOTE_SIZE])
{
    static const char cut[] = "...";
    size_t room = REPORT_QUOTE_SIZE - sizeof(cut) - 2;
    size_t shown = size < room ? size : room;
    char *out = ret_quote;

    while (shown < size && shown > 0 && continues_character((uint8_t)value[shown]))
        shown--;
    *out++ = '"';
    out += copy_visible(bytes_of(value, shown), out);
    if (shown < size) {
        memcpy(out, cut, strlen(cut));
        out += strlen(cut);
    }
    *out++ = '"';
    *out = '\0';
    return ret_quote;
}
