#include "gateway/key.h"

#include <stddef.h>
#include <string.h>

static bool is_visible(char character)
{
    return character > ' ' && character <= '~';
}

static bool parse_quoted(const char *text, char *key, size_t *length)
{
    for (text++; *text != '"'; text++) {
        if (*text == '\\' && (text[1] == '"' || text[1] == '\\'))
            text++;
        else if (*text == '\\')
            return false;
        if (!is_visible(*text) || *length + 1 >= SAGA_KEY_SIZE)
            return false;
        key[(*length)++] = *text;
    }
    return text[1] == '\0';
}

static bool parse_bare(const char *text, char *key, size_t *length)
{
    for (; *text != '\0'; text++) {
        if (!is_visible(*text) || *length + 1 >= SAGA_KEY_SIZE)
            return false;
        key[(*length)++] = *text;
    }
    return true;
}

bool key_parse(const char *header, char ret_key[SAGA_KEY_SIZE])
{
    char key[SAGA_KEY_SIZE];
    size_t length = 0;
    bool parsed =
        header[0] == '"' ? parse_quoted(header, key, &length) : parse_bare(header, key, &length);
    if (!parsed || length == 0)
        return false;
    memcpy(ret_key, key, length);
    ret_key[length] = '\0';
    return true;
}
