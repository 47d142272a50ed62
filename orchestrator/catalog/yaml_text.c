/*
 * The parser would find most of this too, but says it in its own words and counts some characters
 * as ends of lines that no editor shows as such.
 */
#include "catalog/yaml_text.h"

#include <stdint.h>

struct place {
    uint32_t line, column;
    bool in_indentation;
};

/*
 * The size of the UTF-8 sequence at @data and its code point; 0 when it is none (overlong forms,
 * surrogates and values above U+10FFFF included).
 */
static size_t character(const uint8_t *data, size_t size, uint32_t *ret_point)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t lead = data[0];
    size_t length = lead < 0x80             ? 1
                    : (lead & 0xe0) == 0xc0 ? 2
                    : (lead & 0xf0) == 0xe0 ? 3
                    : (lead & 0xf8) == 0xf0 ? 4
                                            : 0;

    if (length == 0 || length > size)
        return 0;
    uint32_t point = length == 1 ? lead : lead & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((data[i] & 0xc0) != 0x80)
            return 0;
        point = point << 6 | (data[i] & 0x3f);
    }
    if (point < smallest[length] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
        return 0;
    *ret_point = point;
    return length;
}

/* Controls, and the separators that YAML takes for ends of lines. */
static bool is_invisible(uint32_t point)
{
    if (point == '\t' || point == '\n')
        return false;
    return point < 0x20 || (point >= 0x7f && point <= 0x9f) || point == 0x2028 || point == 0x2029 ||
           point == 0xfeff;
}

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
    if (is_invisible(point)) {
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
        size_t length = character(text.data + at, text.size - at, &point);
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
