/*
 * What test_mutants.py makes mutants of: each kind where it applies, and where it must not.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define MOST 7u

static const uint32_t rows[3] = {[0] = 4u | 8u, [2] = 1u};

static bool is_between(uint32_t low, uint32_t n)
{
    assert(low + 1 <= MOST);

    return n > low && n < MOST;
}

static uint32_t turned(uint32_t n)
{
    for (uint32_t i = 0; i < 3; i++)
        n ^= rows[i];
    if (is_between(2, n)) {
        n = n * 5;
        return n;
    }
    while (n >= 100)
        n /= 2;
    return n & ~1u;
}

int main(int argc, char **argv)
{
    printf("%u\n", turned(argc == 2 ? (uint32_t)strtoul(argv[1], NULL, 10) : 0));
    return 0;
}
