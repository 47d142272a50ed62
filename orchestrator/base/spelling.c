/*
 * The distance is optimal string alignment: edits, and swaps of two neighbouring letters, counted
 * over three rows of the usual table.
 */
#include "base/spelling.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

struct rows {
    uint8_t before[SPELLING_WORD_MAX + 1]; /* Two letters ago. */
    uint8_t last[SPELLING_WORD_MAX + 1];
    uint8_t now[SPELLING_WORD_MAX + 1];
};

static uint8_t least(uint8_t a, uint8_t b)
{
    return a < b ? a : b;
}

static void fill_row(struct rows *rows, const char *a, size_t i, const char *b, size_t b_size)
{
    rows->now[0] = (uint8_t)i;
    for (size_t j = 1; j <= b_size; j++) {
        uint8_t replaced = (uint8_t)(rows->last[j - 1] + (a[i - 1] != b[j - 1]));
        uint8_t edited = (uint8_t)(least(rows->last[j], rows->now[j - 1]) + 1);
        rows->now[j] = least(replaced, edited);
        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
            rows->now[j] = least(rows->now[j], (uint8_t)(rows->before[j - 2] + 1));
    }
}

static size_t distance(const char *a, const char *b)
{
    size_t a_size = strlen(a), b_size = strlen(b);
    struct rows rows = {0};

    assert(a_size <= SPELLING_WORD_MAX && b_size <= SPELLING_WORD_MAX);
    for (size_t j = 0; j <= b_size; j++)
        rows.now[j] = (uint8_t)j;
    for (size_t i = 1; i <= a_size; i++) {
        memcpy(rows.before, rows.last, sizeof(rows.before));
        memcpy(rows.last, rows.now, sizeof(rows.last));
        fill_row(&rows, a, i, b, b_size);
    }
    return rows.now[b_size];
}

const char *spelling_nearest(const char *word, const char *const *words, size_t count)
{
    const char *nearest = NULL;
    size_t nearest_distance = SIZE_MAX;

    if (strlen(word) > SPELLING_WORD_MAX)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        if (strlen(words[i]) > SPELLING_WORD_MAX)
            continue;
        size_t length = strlen(words[i]) > strlen(word) ? strlen(words[i]) : strlen(word);
        size_t edits = distance(word, words[i]);
        if (edits <= (length + 2) / 3 && edits < length && edits < nearest_distance) {
            nearest = words[i];
            nearest_distance = edits;
        }
    }
    return nearest;
}
