/*
 * Addresses are numbers, not names: what a name means can change after it was checked.
 */
#include "config/config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct split {
    char host[INET6_ADDRSTRLEN];
    bool is_six;
};

static bool is_port(const char *text)
{
    size_t digits = strspn(text, "0123456789");

    return digits > 0 && digits <= 5 && text[digits] == '\0' && strtoul(text, NULL, 10) <= 65535;
}

/* "HOST:PORT" or "[HOST]:PORT" in parts. */
static bool split_address(const char *address, struct split *ret_split)
{
    const char *colon = strrchr(address, ':');
    size_t length = colon != NULL ? (size_t)(colon - address) : 0;
    bool is_six = length >= 2 && address[0] == '[' && address[length - 1] == ']';
    const char *host = is_six ? address + 1 : address;

    if (is_six)
        length -= 2;
    if (length == 0 || length >= sizeof(ret_split->host) || !is_port(colon + 1))
        return false;
    memcpy(ret_split->host, host, length);
    ret_split->host[length] = '\0';
    ret_split->is_six = is_six;
    return true;
}

bool config_address_valid(const char *address)
{
    struct split split;
    struct in6_addr number;

    return split_address(address, &split) &&
           inet_pton(split.is_six ? AF_INET6 : AF_INET, split.host, &number) == 1;
}

bool config_address_is_loopback(const char *address)
{
    struct split split;
    struct in_addr four;
    struct in6_addr six;

    if (!split_address(address, &split))
        return false;
    if (split.is_six)
        return inet_pton(AF_INET6, split.host, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
    return inet_pton(AF_INET, split.host, &four) == 1 && ntohl(four.s_addr) >> 24 == 127;
}
