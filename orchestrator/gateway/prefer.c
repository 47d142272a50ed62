#include "gateway/prefer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SEPARATORS ",; \t"
#define DIGITS_MAX 9u

/* A wait that is longer than what can be had is shortened, and the reply says to what. */
static bool parse_wait(const char *item, size_t size, uint32_t *ret_seconds)
{
    if (size <= 5 || strncasecmp(item, "wait=", 5) != 0)
        return false;
    size_t digits = strspn(item + 5, "0123456789");
    if (digits != size - 5 || digits > DIGITS_MAX)
        return false;
    unsigned long seconds = strtoul(item + 5, NULL, 10);
    *ret_seconds = seconds < PREFER_WAIT_S_MAX ? (uint32_t)seconds : PREFER_WAIT_S_MAX;
    return true;
}

bool prefer_wait(const char *header, uint32_t *ret_seconds)
{
    if (!header)
        return false;
    for (;;) {
        header += strspn(header, SEPARATORS);
        size_t size = strcspn(header, SEPARATORS);
        if (size == 0)
            return false;
        if (parse_wait(header, size, ret_seconds))
            return true;
        header += size;
    }
}
