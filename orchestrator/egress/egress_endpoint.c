/*
 * A URL is taken apart here only to be refused; it is curl that reads it in the end. So what both
 * could read differently (users, escapes, queries) is not allowed at all.
 */
#include "egress/egress_endpoint.h"

#include <stdlib.h>
#include <string.h>

#define HOST_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-"
#define PATH_LETTERS HOST_LETTERS "_~!$&'()*+,;=:@/"
#define PORT_MAX 65535u

/* What stands after "http://" or "https://"; NULL when neither does. */
static const char *authority_of(const char *url)
{
    if (strncmp(url, "https://", 8) == 0)
        return url + 8;
    return strncmp(url, "http://", 7) == 0 ? url + 7 : NULL;
}

/* The characters of a name, a number, or a number of version 6 in its brackets. */
static size_t host_length(const char *authority)
{
    if (authority[0] != '[')
        return strspn(authority, HOST_LETTERS);
    size_t inside = strspn(authority + 1, "0123456789abcdefABCDEF:.");
    return inside > 0 && authority[1 + inside] == ']' ? inside + 2 : 0;
}

static bool is_port(const char *text, size_t length)
{
    unsigned long port = length <= 5 ? strtoul(text, NULL, 10) : 0;

    return port > 0 && port <= PORT_MAX;
}

/* A segment "." or ".." would be folded away on the way. */
static bool is_path(const char *path)
{
    return path[strspn(path, PATH_LETTERS)] == '\0' && strstr(path, "//") == NULL &&
           strstr(path, "/.") == NULL && (path[0] == '\0' || path[strlen(path) - 1] != '/');
}

bool egress_url_valid(const char *url)
{
    const char *authority = authority_of(url);
    size_t host = authority != NULL ? host_length(authority) : 0;

    if (host == 0 || strlen(url) >= EGRESS_URL_SIZE)
        return false;
    const char *rest = authority + host;
    if (*rest == ':') {
        size_t digits = strspn(++rest, "0123456789");
        if (!is_port(rest, digits))
            return false;
        rest += digits;
    }
    return *rest == '\0' || (*rest == '/' && is_path(rest));
}

/* Four numbers that begin with 127: a name may begin so too, and be anywhere. */
static bool is_loopback_number(const char *host, size_t length)
{
    return length > 4 && strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") >= length;
}

bool egress_url_is_private(const char *url)
{
    const char *host = authority_of(url);

    if (host == NULL || strncmp(url, "https://", 8) == 0)
        return host != NULL;
    size_t length = host_length(host);
    return is_loopback_number(host, length) ||
           (length == 5 && strncmp(host, "[::1]", length) == 0) ||
           (length == 9 && strncmp(host, "localhost", length) == 0);
}

bool egress_authorization_valid(const char *value)
{
    size_t length = strlen(value);

    for (const char *at = value; *at != '\0'; at++) {
        if (*at < ' ' || *at > '~')
            return false;
    }
    return length > 0 && value[0] != ' ' && value[length - 1] != ' ';
}
