#include "egress/egress_reason.h"

#include "base/utf8.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define CODE_LETTERS \
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:"

/* A word or a number; what is neither, or too long to be a code, is none. */
static bool read_code(const json_t *member, char code[SAGA_CODE_SIZE])
{
    if (json_is_integer(member)) {
        snprintf(code, SAGA_CODE_SIZE, "%" JSON_INTEGER_FORMAT, json_integer_value(member));
        return true;
    }
    const char *text = json_string_value(member);
    if (text == NULL || text[0] == '\0' || strlen(text) >= SAGA_CODE_SIZE ||
        text[strspn(text, CODE_LETTERS)] != '\0')
        return false;
    memcpy(code, text, strlen(text) + 1);
    return true;
}

/* Whole characters as far as they fit; those that cannot be seen, or break the line, are spaces. */
static void read_text(const char *given, char text[SAGA_TEXT_SIZE])
{
    struct bytes left = bytes_of_text(given);
    uint32_t character = 0;
    size_t at = 0, size;

    while ((size = utf8_next(left, &character)) > 0 && at + size < SAGA_TEXT_SIZE) {
        if (character == '\n' || character == '\t' || utf8_is_invisible(character))
            text[at++] = ' ';
        else
            for (size_t i = 0; i < size; i++)
                text[at++] = (char)left.data[i];
        left = bytes_of(left.data + size, left.size - size);
    }
    text[at] = '\0';
}

void egress_reason_read(uint32_t status, struct bytes body, struct egress_reason *ret_reason)
{
    static const char *const texts[] = {"detail", "message", "title", "error"};
    json_t *json = body.size > 0 ? json_loadb((const char *)body.data, body.size, 0, NULL) : NULL;
    const char *given = NULL;

    if (!read_code(json_object_get(json, "code"), ret_reason->code))
        snprintf(ret_reason->code, sizeof ret_reason->code, "http_%03u", status);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0] && given == NULL; i++)
        given = json_string_value(json_object_get(json, texts[i]));
    snprintf(ret_reason->text, sizeof ret_reason->text, "the service answered %03u", status);
    if (given != NULL && given[0] != '\0')
        read_text(given, ret_reason->text);
    json_decref(json);
}
