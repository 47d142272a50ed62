#include "gateway/trace_header.h"

#include "gateway/exchange.h"

#define HEADER "traceparent"

/* Of two it is not known which is meant, and then, says W3C, there is none. */
void trace_header_read(const struct exchange *exchange, char ret_text[TRACEPARENT_SIZE])
{
    const char *header = exchange_request_header(exchange, HEADER);

    if (!header || exchange_repeats_header(exchange, HEADER) ||
        !traceparent_parse(header, ret_text))
        ret_text[0] = '\0';
}
