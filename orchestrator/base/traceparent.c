#include "base/traceparent.h"

#include <stddef.h>
#include <string.h>

#define LENGTH (TRACEPARENT_SIZE - 1u)
#define HEX "0123456789abcdef"

/* So many digits, and behind them that character. */
static bool is_field(const char *text, size_t digits, char end)
{
    return strspn(text, HEX) == digits && text[digits] == end;
}

static bool is_zero(const char *text, size_t digits)
{
    return strspn(text, "0") >= digits;
}

bool traceparent_parse(const char *text, char ret_text[TRACEPARENT_SIZE])
{
    const char *trace = text + 3, *parent = text + 36, *flags = text + 53;

    if (strnlen(text, LENGTH) < LENGTH || !is_field(text, 2, '-') || !is_field(trace, 32, '-') ||
        !is_field(parent, 16, '-'))
        return false;
    if (memcmp(text, "ff", 2) == 0 || is_zero(trace, 32) || is_zero(parent, 16))
        return false;
    /* Only a later version may say more. */
    bool more = is_field(flags, 2, '-') && memcmp(text, "00", 2) != 0;
    if (!more && !is_field(flags, 2, '\0'))
        return false;
    memcpy(ret_text, "00", 2);
    memcpy(ret_text + 2, text + 2, LENGTH - 2);
    ret_text[LENGTH] = '\0';
    return true;
}
