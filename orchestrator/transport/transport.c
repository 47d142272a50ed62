/* The facade: the contract of the port, asserted for every backend. */
#include "transport/transport.h"

#include <assert.h>
#include <stdlib.h>

void transport_reply(struct transport *transport, uint64_t exchange, struct bytes body)
{
    assert(exchange != 0);
    assert(body.size > 0);
    assert(body.size <= WIRE_MESSAGE_MAX);

    transport->ops->reply(transport, exchange, body);
}

const char *transport_url(const struct transport *transport)
{
    const char *url = transport->ops->url(transport);

    assert(url != NULL);
    assert(url[0] != '\0');
    return url;
}

struct transport_counters transport_counters(const struct transport *transport)
{
    struct transport_counters counters = transport->ops->counters(transport);

    assert(counters.pipes_open <= TRANSPORT_PIPES_MAX);
    return counters;
}

struct transport *transport_close(struct transport *transport)
{
    if (transport != NULL)
        transport->ops->close(transport);
    return NULL;
}

void transport_delivery_free(struct transport_delivery *delivery)
{
    if (delivery == NULL)
        return;
    wire_request_free(&delivery->request);
    free(delivery);
}
