/* How many parts a text travels in: the table of the GSM alphabet, and every boundary. */
#include "service/segments.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

/* @count times @unit, then @tail. */
static struct segments repeated(const char *unit, size_t count, const char *tail)
{
    static char text[8192];
    size_t size = strlen(unit), at = 0;

    for (size_t i = 0; i < count; i++, at += size)
        memcpy(text + at, unit, size);
    memcpy(text + at, tail, strlen(tail) + 1);
    return segments_of(text, strlen(text));
}

struct row {
    const char *unit;
    size_t count;
    const char *tail;
    enum segments_encoding encoding;
    uint32_t characters;
    uint32_t units;
    uint32_t parts;
};

static const struct row rows[] = {
    {"", 0, "", SEGMENTS_GSM7, 0, 0, 1},
    {"a", 1, "", SEGMENTS_GSM7, 1, 1, 1},
    {"a", 160, "", SEGMENTS_GSM7, 160, 160, 1},
    {"a", 161, "", SEGMENTS_GSM7, 161, 161, 2},
    {"a", 306, "", SEGMENTS_GSM7, 306, 306, 2},
    {"a", 307, "", SEGMENTS_GSM7, 307, 307, 3},
    {"a", 459, "", SEGMENTS_GSM7, 459, 459, 3},
    {"a", 460, "", SEGMENTS_GSM7, 460, 460, 4},
    {"€", 80, "", SEGMENTS_GSM7, 80, 160, 1},
    {"€", 80, "a", SEGMENTS_GSM7, 81, 161, 2},
    {"[", 1, "", SEGMENTS_GSM7, 1, 2, 1},
    /* 153 is odd: a part ends one septet early rather than split an escape. */
    {"€", 153, "", SEGMENTS_GSM7, 153, 306, 3},
    {"é", 160, "", SEGMENTS_GSM7, 160, 160, 1},
    {"Ω", 161, "", SEGMENTS_GSM7, 161, 161, 2},
    {"ç", 1, "", SEGMENTS_UCS2, 1, 1, 1}, /* Only the capital is in the alphabet. */
    {"Ç", 1, "", SEGMENTS_GSM7, 1, 1, 1},
    {"`", 1, "", SEGMENTS_UCS2, 1, 1, 1},
    {"\t", 1, "", SEGMENTS_UCS2, 1, 1, 1},
    {"\r\n", 80, "", SEGMENTS_GSM7, 160, 160, 1},
    {"ж", 70, "", SEGMENTS_UCS2, 70, 70, 1},
    {"ж", 71, "", SEGMENTS_UCS2, 71, 71, 2},
    {"ж", 134, "", SEGMENTS_UCS2, 134, 134, 2},
    {"ж", 135, "", SEGMENTS_UCS2, 135, 135, 3},
    {"a", 69, "ж", SEGMENTS_UCS2, 70, 70, 1},
    {"a", 70, "ж", SEGMENTS_UCS2, 71, 71, 2},
    {"😀", 35, "", SEGMENTS_UCS2, 35, 70, 1},
    {"😀", 36, "", SEGMENTS_UCS2, 36, 72, 2},
    /* 67 is odd: a part ends one unit early rather than split a pair. */
    {"😀", 67, "", SEGMENTS_UCS2, 67, 134, 3},
    {"a", 66, "😀😀", SEGMENTS_UCS2, 68, 70, 1},
};

static void parts_follow_the_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct segments found = repeated(rows[i].unit, rows[i].count, rows[i].tail);
        if (found.encoding != rows[i].encoding || found.characters != rows[i].characters ||
            found.units != rows[i].units || found.parts != rows[i].parts)
            fail_msg("row %zu: %s, %u characters, %u units, %u parts", i,
                     segments_encoding_name(found.encoding), found.characters, found.units,
                     found.parts);
    }
}

static void every_character_of_the_alphabet_is_gsm7(void **state)
{
    static const char alphabet[] =
        "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
        "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
    struct segments found = segments_of(alphabet, strlen(alphabet));

    (void)state;
    assert_int_equal(found.encoding, SEGMENTS_GSM7);
    assert_int_equal(found.characters, 127); /* 128 places, of which one is the escape. */
    assert_int_equal(found.units, 127);
}

static void every_character_of_the_extension_takes_two(void **state)
{
    static const char extension[] = "\f^{}\\[~]|€";
    struct segments found = segments_of(extension, strlen(extension));

    (void)state;
    assert_int_equal(found.encoding, SEGMENTS_GSM7);
    assert_int_equal(found.characters, 10);
    assert_int_equal(found.units, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_follow_the_table),
        cmocka_unit_test(every_character_of_the_alphabet_is_gsm7),
        cmocka_unit_test(every_character_of_the_extension_takes_two),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
