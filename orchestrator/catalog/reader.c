#include "catalog/reader.h"

#include "base/spelling.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct unit {
    const char *name;
    uint64_t ms;
};

/* Largest first. */
static const struct unit units[] = {{"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
#define UNIT_COUNT (sizeof(units) / sizeof(units[0]))

void reader_problem(struct report *report, const struct yaml_node *node, const char *format, ...)
{
    char message[REPORT_MESSAGE_SIZE];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    report_add(report, node != NULL ? node->line : 1, node != NULL ? node->column : 1, "%s",
               message);
}

const char *reader_hint(const char *word, const char *const *words, size_t count,
                        char ret_hint[READER_HINT_SIZE])
{
    const char *nearest = spelling_nearest(word, words, count);

    ret_hint[0] = '\0';
    if (nearest != NULL)
        snprintf(ret_hint, READER_HINT_SIZE, "; did you mean \"%s\"?", nearest);
    return ret_hint;
}

/* ---- containers ---- */

static const char *kind_name(enum yaml_node_kind kind)
{
    switch (kind) {
    case YAML_NODE_SCALAR:
        return "a single value";
    case YAML_NODE_SEQUENCE:
        return "a list";
    case YAML_NODE_MAPPING:
        return "a group of keys";
    }
    return "";
}

static bool has_kind(struct report *report, const struct yaml_node *node, const char *what,
                     enum yaml_node_kind kind)
{
    if (node->kind == kind)
        return true;
    reader_problem(report, node, "%s must be %s, not %s", what, kind_name(kind),
                   kind_name(node->kind));
    return false;
}

static bool is_among(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

/* The same key further up in its mapping, or NULL. */
static const struct yaml_node *earlier_key(const struct yaml_node *mapping,
                                           const struct yaml_node *key)
{
    for (const struct yaml_node *other = mapping->first; other != key; other = other->next->next)
        if (strcmp(other->value, key->value) == 0)
            return other;
    return NULL;
}

static bool check_key(struct report *report, const struct yaml_node *mapping,
                      const struct yaml_node *key, const char *const *keys, size_t key_count)
{
    char quote[REPORT_QUOTE_SIZE], hint[READER_HINT_SIZE];
    bool known = strlen(key->value) == key->size && is_among(key->value, keys, key_count);

    if (!known) {
        reader_problem(report, key, "unknown key %s%s", report_quote(key->value, key->size, quote),
                       reader_hint(key->value, keys, key_count, hint));
        return false;
    }
    const struct yaml_node *earlier = earlier_key(mapping, key);
    if (earlier != NULL) {
        reader_problem(report, key, "duplicate key \"%s\"; it is already on line %u", key->value,
                       earlier->line);
        return false;
    }
    return true;
}

bool reader_mapping(struct report *report, const struct yaml_node *node, const char *what,
                    const char *const *keys, size_t key_count)
{
    if (!has_kind(report, node, what, YAML_NODE_MAPPING))
        return false;
    bool good = true;
    for (const struct yaml_node *key = node->first; key != NULL; key = key->next->next) {
        if (report->kept == REPORT_PROBLEMS_MAX)
            return false;
        good = check_key(report, node, key, keys, key_count) && good;
    }
    return good;
}

bool reader_list(struct report *report, const struct yaml_node *node, const char *what,
                 size_t least, size_t most)
{
    if (!has_kind(report, node, what, YAML_NODE_SEQUENCE))
        return false;
    if (node->children < least) {
        reader_problem(report, node, "%s must have at least %zu entr%s", what, least,
                       least == 1 ? "y" : "ies");
        return false;
    }
    if (node->children > most) {
        reader_problem(report, node, "%s has %zu entries; at most %zu are allowed", what,
                       node->children, most);
        return false;
    }
    return true;
}

/* ---- single values ---- */

bool reader_text(struct report *report, const struct yaml_node *node, const char *what, size_t size,
                 char *ret_text)
{
    if (!has_kind(report, node, what, YAML_NODE_SCALAR))
        return false;
    if (node->size == 0) {
        reader_problem(report, node, "%s is empty", what);
        return false;
    }
    if (strlen(node->value) != node->size) {
        reader_problem(report, node, "%s holds a zero byte", what);
        return false;
    }
    if (node->size >= size) {
        reader_problem(report, node, "%s has %zu bytes; at most %zu are allowed", what, node->size,
                       size - 1);
        return false;
    }
    memcpy(ret_text, node->value, node->size + 1);
    return true;
}

static bool is_name(const char *text)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyz";
    static const char others[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";

    return text[0] != '\0' && strchr(first, text[0]) != NULL && text[strspn(text, others)] == '\0';
}

bool reader_name(struct report *report, const struct yaml_node *node, const char *what, size_t size,
                 char *ret_name)
{
    char quote[REPORT_QUOTE_SIZE];

    if (!reader_text(report, node, what, size, ret_name))
        return false;
    if (is_name(ret_name))
        return true;
    reader_problem(report, node,
                   "%s %s is not a name: use a-z, 0-9, _ and -, starting with a letter", what,
                   report_quote(node->value, node->size, quote));
    return false;
}

bool reader_bool(struct report *report, const struct yaml_node *node, const char *what,
                 bool *ret_value)
{
    char quote[REPORT_QUOTE_SIZE];

    if (!has_kind(report, node, what, YAML_NODE_SCALAR))
        return false;
    if (strcmp(node->value, "true") != 0 && strcmp(node->value, "false") != 0) {
        reader_problem(report, node, "%s must be true or false, not %s", what,
                       report_quote(node->value, node->size, quote));
        return false;
    }
    *ret_value = node->value[0] == 't';
    return true;
}

/* Digits, at most 12 of them, so that no multiplication by a unit can overflow. */
static bool parse_digits(const char *text, const char **ret_end, uint64_t *ret_number)
{
    size_t digits = strspn(text, "0123456789");
    uint64_t number = 0;

    if (digits == 0 || digits > 12 || (text[0] == '0' && digits > 1))
        return false;
    for (size_t i = 0; i < digits; i++)
        number = number * 10 + (uint64_t)(text[i] - '0');
    *ret_end = text + digits;
    *ret_number = number;
    return true;
}

bool reader_number(struct report *report, const struct yaml_node *node, const char *what,
                   uint64_t least, uint64_t most, uint64_t *ret_number)
{
    char quote[REPORT_QUOTE_SIZE];
    const char *end;
    uint64_t number;

    if (!has_kind(report, node, what, YAML_NODE_SCALAR))
        return false;
    if (!parse_digits(node->value, &end, &number) || end != node->value + node->size) {
        reader_problem(report, node, "%s must be a whole number, not %s", what,
                       report_quote(node->value, node->size, quote));
        return false;
    }
    if (number < least || number > most) {
        reader_problem(report, node, "%s must be from %llu to %llu, not %llu", what,
                       (unsigned long long)least, (unsigned long long)most,
                       (unsigned long long)number);
        return false;
    }
    *ret_number = number;
    return true;
}

static bool parse_duration(const struct yaml_node *node, uint64_t *ret_ms)
{
    const char *unit;
    uint64_t number;

    if (!parse_digits(node->value, &unit, &number))
        return false;
    for (size_t i = 0; i < UNIT_COUNT; i++) {
        if (strcmp(unit, units[i].name) == 0 && unit + strlen(unit) == node->value + node->size) {
            *ret_ms = number * units[i].ms;
            return true;
        }
    }
    return false;
}

bool reader_duration(struct report *report, const struct yaml_node *node, const char *what,
                     uint64_t least_ms, uint64_t most_ms, uint64_t *ret_ms)
{
    char quote[REPORT_QUOTE_SIZE], least[READER_DURATION_SIZE], most[READER_DURATION_SIZE];
    uint64_t ms;

    if (!has_kind(report, node, what, YAML_NODE_SCALAR))
        return false;
    if (!parse_duration(node, &ms)) {
        reader_problem(report, node, "%s must be a duration such as 300ms, 30s, 5m or 24h, not %s",
                       what, report_quote(node->value, node->size, quote));
        return false;
    }
    if (ms < least_ms || ms > most_ms) {
        reader_problem(report, node, "%s must be from %s to %s, not %s", what,
                       reader_duration_text(least_ms, least), reader_duration_text(most_ms, most),
                       report_quote(node->value, node->size, quote));
        return false;
    }
    *ret_ms = ms;
    return true;
}

bool reader_word(struct report *report, const struct yaml_node *node, const char *what,
                 const char *const *words, size_t count, size_t *ret_index)
{
    char quote[REPORT_QUOTE_SIZE], hint[READER_HINT_SIZE], list[128] = "";
    size_t used = 0;

    if (!has_kind(report, node, what, YAML_NODE_SCALAR))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (strlen(node->value) == node->size && strcmp(node->value, words[i]) == 0) {
            *ret_index = i;
            return true;
        }
        int printed = snprintf(list + used, sizeof(list) - used, "%s%s",
                               i == 0          ? ""
                               : i + 1 < count ? ", "
                                               : " or ",
                               words[i]);
        assert(printed > 0 && (size_t)printed < sizeof(list) - used);
        used += (size_t)printed;
    }
    reader_problem(report, node, "%s must be %s, not %s%s", what, list,
                   report_quote(node->value, node->size, quote),
                   reader_hint(node->value, words, count, hint));
    return false;
}

const char *reader_duration_text(uint64_t ms, char ret_text[READER_DURATION_SIZE])
{
    size_t i = 0;

    while (ms % units[i].ms != 0 || ms < units[i].ms) {
        if (i + 1 == UNIT_COUNT)
            break;
        i++;
    }
    snprintf(ret_text, READER_DURATION_SIZE, "%llu%s", (unsigned long long)(ms / units[i].ms),
             units[i].name);
    return ret_text;
}
