#include "egress/egress_json.h"

#include <jansson.h>

#define ANY_VALUE (JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL)

bool egress_json_valid(struct bytes text)
{
    json_t *json =
        text.size > 0 ? json_loadb((const char *)text.data, text.size, ANY_VALUE, NULL) : NULL;
    bool valid = json != NULL;

    json_decref(json);
    return valid;
}
