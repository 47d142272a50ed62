#include "gateway/filter.h"

#include "core/names.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AGE_DIGITS_MAX 9u /* A thousand years of seconds do not fit; nobody looks for them. */

static const char *const field_names[FILTER_FIELD_COUNT] = {
    [FILTER_DEFINITION] = "definition",
    [FILTER_PHASE] = "phase",
    [FILTER_HOLD] = "hold",
    [FILTER_CONDITION] = "condition",
    [FILTER_STEP] = "step",
    [FILTER_ACCOUNT] = "account",
    [FILTER_CODE] = "code",
    [FILTER_AGE] = "age",
};

static const char *const hold_names[] = {"none", "paused", "parked"};

struct span {
    const char *start;
    size_t size;
};

static struct span trimmed(struct span span)
{
    while (span.size > 0 && span.start[0] == ' ') {
        span.start++;
        span.size--;
    }
    while (span.size > 0 && span.start[span.size - 1] == ' ')
        span.size--;
    return span;
}

static bool parse_field(struct span name, enum filter_field *ret_field)
{
    for (unsigned i = 0; i < FILTER_FIELD_COUNT; i++) {
        if (strlen(field_names[i]) == name.size &&
            memcmp(field_names[i], name.start, name.size) == 0) {
            *ret_field = (enum filter_field)i;
            return true;
        }
    }
    return false;
}

/* The operator at the start of @text; the bytes it takes, or 0. */
static size_t parse_relation(struct span text, enum filter_relation *ret_relation)
{
    if (text.size >= 2 && text.start[0] == '!' && text.start[1] == '=') {
        *ret_relation = FILTER_UNEQUAL;
        return 2;
    }
    if (text.size == 0)
        return 0;
    switch (text.start[0]) {
    case '=':
        *ret_relation = FILTER_EQUAL;
        return 1;
    case '<':
        *ret_relation = FILTER_LESS;
        return 1;
    case '>':
        *ret_relation = FILTER_MORE;
        return 1;
    default:
        return 0;
    }
}

static uint64_t unit_ms(char unit)
{
    switch (unit) {
    case 's':
        return 1000;
    case 'm':
        return 60 * 1000;
    case 'h':
        return 3600 * 1000;
    case 'd':
        return 86400 * 1000;
    default:
        return 0;
    }
}

static bool parse_age(const char *text, uint64_t *ret_age_ms)
{
    size_t digits = strspn(text, "0123456789");
    uint64_t unit = unit_ms(text[digits]);
    if (digits == 0 || digits > AGE_DIGITS_MAX || unit == 0 || text[digits + 1] != '\0')
        return false;
    *ret_age_ms = strtoull(text, NULL, 10) * unit;
    return true;
}

/* The words that a field can have, one by one; NULL after the last, and at once for free text. */
static const char *field_word(enum filter_field field, unsigned index)
{
    switch (field) {
    case FILTER_PHASE:
        return index < SAGA_PHASE_COUNT ? saga_phase_name((enum saga_phase)index) : NULL;
    case FILTER_CONDITION:
        return index < SAGA_CONDITION_COUNT ? saga_condition_name((enum saga_condition_name)index)
                                            : NULL;
    case FILTER_HOLD:
        return index < sizeof(hold_names) / sizeof(hold_names[0]) ? hold_names[index] : NULL;
    case FILTER_DEFINITION:
    case FILTER_STEP:
    case FILTER_ACCOUNT:
    case FILTER_CODE:
    case FILTER_AGE:
    case FILTER_FIELD_COUNT:
        return NULL;
    }
    return NULL;
}

static int check_word(const struct filter_condition *condition, char ret_error[FILTER_ERROR_SIZE])
{
    const char *word = field_word(condition->field, 0);
    if (!word)
        return 0;
    int length = snprintf(ret_error, FILTER_ERROR_SIZE, "\"%s\" is no %s; it is one of",
                          condition->value, field_names[condition->field]);
    for (unsigned i = 0; (word = field_word(condition->field, i)) != NULL; i++) {
        if (strcmp(word, condition->value) == 0)
            return 0;
        if (length > 0 && (size_t)length < FILTER_ERROR_SIZE)
            length += snprintf(ret_error + length, FILTER_ERROR_SIZE - (size_t)length, "%s %s",
                               i > 0 ? "," : "", word);
    }
    return FILTER_MALFORMED;
}

static int check_condition(struct filter_condition *condition, char ret_error[FILTER_ERROR_SIZE])
{
    bool ordered = condition->relation == FILTER_LESS || condition->relation == FILTER_MORE;
    if (condition->field == FILTER_AGE) {
        if (ordered && parse_age(condition->value, &condition->age_ms))
            return 0;
        snprintf(ret_error, FILTER_ERROR_SIZE,
                 "age is compared with < or > and a number with s, m, h or d, such as age>5m");
        return FILTER_MALFORMED;
    }
    if (ordered) {
        snprintf(ret_error, FILTER_ERROR_SIZE, "%s is compared with = or !=; < and > are for age",
                 field_names[condition->field]);
        return FILTER_MALFORMED;
    }
    return check_word(condition, ret_error);
}

static int parse_condition(struct span text, struct filter_condition *ret_condition,
                           char ret_error[FILTER_ERROR_SIZE])
{
    size_t name = 0;
    while (name < text.size && islower((unsigned char)text.start[name]))
        name++;
    int shown = text.size < 80 ? (int)text.size : 80;
    if (!parse_field((struct span){text.start, name}, &ret_condition->field)) {
        snprintf(ret_error, FILTER_ERROR_SIZE,
                 "\"%.*s\" does not begin with a field; the fields are definition, phase, hold, "
                 "condition, step, account, code, age",
                 shown, text.start);
        return FILTER_MALFORMED;
    }
    struct span rest = {text.start + name, text.size - name};
    size_t sign = parse_relation(rest, &ret_condition->relation);
    if (sign == 0) {
        snprintf(ret_error, FILTER_ERROR_SIZE,
                 "in \"%.*s\" the field is not followed by =, !=, < "
                 "or >",
                 shown, text.start);
        return FILTER_MALFORMED;
    }
    if (rest.size - sign >= sizeof(ret_condition->value)) {
        snprintf(ret_error, FILTER_ERROR_SIZE, "the value of %s is longer than %zu characters",
                 field_names[ret_condition->field], sizeof(ret_condition->value) - 1);
        return FILTER_MALFORMED;
    }
    memcpy(ret_condition->value, rest.start + sign, rest.size - sign);
    ret_condition->value[rest.size - sign] = '\0';
    return check_condition(ret_condition, ret_error);
}

int filter_parse(const char *text, uint64_t now_ms, struct filter *ret_filter,
                 char ret_error[FILTER_ERROR_SIZE])
{
    *ret_filter = (struct filter){.now_ms = now_ms};
    if (*text == '\0')
        return 0;
    for (;;) {
        size_t size = strcspn(text, ",");
        if (ret_filter->count == FILTER_CONDITIONS_MAX) {
            snprintf(ret_error, FILTER_ERROR_SIZE, "there are more than %u conditions",
                     FILTER_CONDITIONS_MAX);
            return FILTER_MALFORMED;
        }
        int r = parse_condition(trimmed((struct span){text, size}),
                                &ret_filter->conditions[ret_filter->count], ret_error);
        if (r)
            return r;
        ret_filter->count++;
        if (text[size] == '\0')
            return 0;
        text += size + 1;
    }
}

static const char *row_word(const struct page_row *row, enum filter_field field)
{
    switch (field) {
    case FILTER_DEFINITION:
        return row->definition;
    case FILTER_PHASE:
        return saga_phase_name(row->phase);
    case FILTER_HOLD:
        return hold_name(row->paused, row->parked);
    case FILTER_CONDITION:
        return saga_condition_name(row->condition);
    case FILTER_STEP:
        return row->step;
    case FILTER_ACCOUNT:
        return row->tenant;
    case FILTER_CODE:
        return row->code;
    case FILTER_AGE:
    case FILTER_FIELD_COUNT:
        break;
    }
    assert(field == FILTER_AGE);
    return "";
}

static bool condition_holds(const struct filter_condition *condition, uint64_t now_ms,
                            const struct page_row *row)
{
    uint64_t age_ms = now_ms > row->created_ms ? now_ms - row->created_ms : 0;

    switch (condition->relation) {
    case FILTER_EQUAL:
        return strcmp(row_word(row, condition->field), condition->value) == 0;
    case FILTER_UNEQUAL:
        return strcmp(row_word(row, condition->field), condition->value) != 0;
    case FILTER_LESS:
        return age_ms < condition->age_ms;
    case FILTER_MORE:
        return age_ms > condition->age_ms;
    }
    return false;
}

bool filter_matches(const struct filter *filter, const struct page_row *row)
{
    for (size_t i = 0; i < filter->count; i++)
        if (!condition_holds(&filter->conditions[i], filter->now_ms, row))
            return false;
    return true;
}

bool filter_names_finished(const struct filter *filter)
{
    for (size_t i = 0; i < filter->count; i++) {
        const struct filter_condition *condition = &filter->conditions[i];
        if (condition->field != FILTER_PHASE || condition->relation != FILTER_EQUAL)
            continue;
        if (strcmp(condition->value, saga_phase_name(SAGA_RUNNING)) != 0 &&
            strcmp(condition->value, saga_phase_name(SAGA_COMPENSATING)) != 0)
            return true;
    }
    return false;
}

const char *hold_name(bool paused, enum saga_park_reason parked)
{
    if (parked != SAGA_PARK_NONE)
        return hold_names[2];
    return hold_names[paused ? 1 : 0];
}
