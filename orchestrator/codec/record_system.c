/*
 * Records of the system's own streams: definitions, and the server's secret.
 */
#include "codec/pen.h"
#include "codec/record.h"
#include "codec/scan.h"

#include "base/fault.h"

#include <assert.h>
#include <string.h>

#define SYSTEM_BODY_MAX 256u /* Three numbers, a name and two digests. */

struct server_record {
    uint64_t wall_ms;
    uint8_t payload_digest[RECORD_DIGEST_SIZE];
};

static size_t pack_definition(const struct record_definition *definition,
                              const uint8_t payload_digest[RECORD_DIGEST_SIZE],
                              uint8_t ret_body[SYSTEM_BODY_MAX])
{
    struct pen pen = {.at = ret_body, .end = ret_body + SYSTEM_BODY_MAX};

    pen_number(&pen, 1, RECORD_SCHEMA);
    pen_number(&pen, 2, definition->wall_ms);
    pen_text(&pen, 3, definition->name);
    pen_bytes(&pen, 4, bytes_of(definition->hash, DEFINITION_HASH_SIZE));
    pen_bytes(&pen, 5, bytes_of(payload_digest, RECORD_DIGEST_SIZE));
    return (size_t)(pen.at - ret_body);
}

static size_t pack_server(const struct server_record *server, uint8_t ret_body[SYSTEM_BODY_MAX])
{
    struct pen pen = {.at = ret_body, .end = ret_body + SYSTEM_BODY_MAX};

    pen_number(&pen, 1, RECORD_SCHEMA);
    pen_number(&pen, 2, server->wall_ms);
    pen_bytes(&pen, 3, bytes_of(server->payload_digest, RECORD_DIGEST_SIZE));
    return (size_t)(pen.at - ret_body);
}

static int replace(struct buffer *body, const uint8_t *packed, size_t size)
{
    buffer_clear(body);
    return pass(buffer_append(body, packed, size));
}

/* 0, with the schema read. */
static int begin(struct bytes body, struct scan *ret_scan)
{
    if (body.size == 0 || body.size > SYSTEM_BODY_MAX)
        return fault(FAULT_CORRUPT);
    *ret_scan = scan_of(body);
    uint64_t schema = scan_number(ret_scan, 1, UINT32_MAX);
    if (schema > RECORD_SCHEMA)
        return fault(FAULT_VERSION);
    return schema == RECORD_SCHEMA ? 0 : fault(FAULT_CORRUPT);
}

static bool digest_fits(const uint8_t stored[RECORD_DIGEST_SIZE], struct bytes payload)
{
    uint8_t digest[RECORD_DIGEST_SIZE];

    if (payload.data == NULL)
        return false;
    record_digest(payload, digest);
    return memcmp(digest, stored, sizeof digest) == 0;
}

int record_encode_definition(const struct record_definition *definition, struct bytes text,
                             struct buffer *body)
{
    assert(definition->name[0] != '\0');
    uint8_t digest[RECORD_DIGEST_SIZE], packed[SYSTEM_BODY_MAX];

    record_digest(text, digest);
    return pass(replace(body, packed, pack_definition(definition, digest, packed)));
}

/* As with sagas: only the bytes that packing makes are accepted. */
int record_decode_definition(struct bytes body, struct bytes text,
                             struct record_definition *ret_definition)
{
    struct record_definition definition = {0};
    uint8_t digest[RECORD_DIGEST_SIZE] = {0}, packed[SYSTEM_BODY_MAX];
    struct scan scan;

    int r = begin(body, &scan);
    if (r < 0)
        return pass(r);
    definition.wall_ms = scan_number(&scan, 2, UINT64_MAX);
    scan_text(&scan, 3, sizeof definition.name, definition.name);
    scan_exactly(&scan, 4, DEFINITION_HASH_SIZE, definition.hash);
    scan_exactly(&scan, 5, RECORD_DIGEST_SIZE, digest);
    if (!scan_is_done(&scan) || definition.name[0] == '\0' || !digest_fits(digest, text))
        return fault(FAULT_CORRUPT);
    size_t size = pack_definition(&definition, digest, packed);
    if (!bytes_equal(bytes_of(packed, size), body))
        return fault(FAULT_CORRUPT);
    *ret_definition = definition;
    return 0;
}

int record_encode_server(uint64_t wall_ms, const uint8_t secret[RECORD_SECRET_SIZE],
                         struct buffer *body)
{
    struct server_record server = {.wall_ms = wall_ms};
    uint8_t packed[SYSTEM_BODY_MAX];

    record_digest(bytes_of(secret, RECORD_SECRET_SIZE), server.payload_digest);
    return pass(replace(body, packed, pack_server(&server, packed)));
}

int record_decode_server(struct bytes body, struct bytes secret)
{
    struct server_record server = {0};
    uint8_t packed[SYSTEM_BODY_MAX];
    struct scan scan;

    int r = begin(body, &scan);
    if (r < 0)
        return pass(r);
    server.wall_ms = scan_number(&scan, 2, UINT64_MAX);
    scan_exactly(&scan, 3, RECORD_DIGEST_SIZE, server.payload_digest);
    if (!scan_is_done(&scan) || secret.size != RECORD_SECRET_SIZE ||
        !digest_fits(server.payload_digest, secret))
        return fault(FAULT_CORRUPT);
    size_t size = pack_server(&server, packed);
    return bytes_equal(bytes_of(packed, size), body) ? 0 : fault(FAULT_CORRUPT);
}
