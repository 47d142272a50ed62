/* GET /v1/openapi.json */
#include "gateway/openapi.h"

#include "gateway/exchange.h"
#include "gateway/handlers.h"

#include <stdlib.h>
#include <string.h>

void show_openapi(struct exchange *exchange)
{
    char *copy = malloc(openapi_document_size);

    if (copy)
        memcpy(copy, openapi_document, openapi_document_size);
    exchange_reply(exchange, 200, "application/json", copy, openapi_document_size);
}
