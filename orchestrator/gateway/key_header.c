/* The key of a request; apart from the parsing, which needs no request. */
#include "gateway/key.h"

#include "gateway/exchange.h"
#include "gateway/problem.h"

/* Of two keys nobody knows which is meant; so there must not be two. */
bool key_read(struct exchange *exchange, char ret_key[SAGA_KEY_SIZE])
{
    const char *header = exchange_request_header(exchange, "Idempotency-Key");

    ret_key[0] = '\0';
    if (!header)
        return true;
    if (!exchange_repeats_header(exchange, "Idempotency-Key") && key_parse(header, ret_key))
        return true;
    problem_say(exchange, PROBLEM_BAD_KEY,
                "An Idempotency-Key is one value of 1 to 255 characters of visible ASCII, bare or "
                "quoted.");
    return false;
}
