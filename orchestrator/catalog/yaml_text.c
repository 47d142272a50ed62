/*
 * The parser would find most of this too, but says it in its own words and counts some characters
 * as ends of lines that no editor shows as such.
 */
#include "catalog/yaml_text.h"

#include "base/utf8.h"

#include <stdint.h>

struct place {
    uint32_t line, column;
    bool in_indentation;
};

static void step(struct place *place, uint32_t point)
{
    if (point == '\n') {
        *place = (struct place){place->line + 1, 1, true};
        return;
    }
    place->column++;
    place->in_indentation = place->in_indentation && point == ' ';
}

static bool check_character(struct report *report, const struct place *place, uint32_t point)
{
    if (utf8_is_invisible(point)) {
        report_add(report, place->line, place->column, "character U+%04X is not allowed here",
                   (unsigned)point);
        return false;
    }
    if (point == '\t' && place->in_indentation) {
        report_add(report, place->line, place->column, "indent with spaces, not with a tab");
        return false;
    }
    return true;
}

bool yaml_text_check(struct report *report, size_t size_max)
{
    struct bytes text = report->text;
    struct place place = {1, 1, true};

    if (text.size > size_max) {
        report_add(report, 0, 0, "the file has %zu bytes; at most %zu are read", text.size,
                   size_max);
        return false;
    }
    for (size_t at = 0; at < text.size;) {
        uint32_t point;
        size_t length = utf8_next(bytes_of(text.data + at, text.size - at), &point);
        if (length == 0) {
            report_add(report, place.line, place.column, "this is not UTF-8");
            return false;
        }
        bool ends_line = point == '\r' && at + 1 < text.size && text.data[at + 1] == '\n';
        if (!ends_line) {
            if (!check_character(report, &place, point))
                return false;
            step(&place, point);
        }
        at += length;
    }
    return true;
}
