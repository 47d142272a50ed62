/*
 * Records of the system's own streams: definitions, and the server's secret.
 */
#include "codec/record_arena.h"
#include "codec/record.h"

#include "base/fault.h"

#include <assert.h>
#include <saga/v1/journal.pb-c.h>
#include <string.h>

#define SYSTEM_BODY_MAX 256u    /* Three numbers, a name and two digests. */
#define SYSTEM_ARENA_SIZE 4096u

static ProtobufCBinaryData borrowed_bytes(const uint8_t *data, size_t size)
{
    return (ProtobufCBinaryData){.len = size, .data = (uint8_t *)(uintptr_t)data};
}

static int pack_into(const ProtobufCMessage *message, struct buffer *body)
{
    assert(protobuf_c_message_get_packed_size(message) <= SYSTEM_BODY_MAX);

    buffer_clear(body);
    uint8_t *end = buffer_reserve(body, SYSTEM_BODY_MAX);
    if (end == NULL)
        return fault(FAULT_MEMORY);
    body->size = protobuf_c_message_pack(message, end);
    return 0;
}

/* As with sagas: only the bytes that packing makes are accepted. */
static bool packs_to(const ProtobufCMessage *message, struct bytes body)
{
    uint8_t packed[SYSTEM_BODY_MAX];

    if (message->n_unknown_fields > 0)
        return false;
    if (protobuf_c_message_get_packed_size(message) != body.size)
        return false;
    protobuf_c_message_pack(message, packed);
    return memcmp(packed, body.data, body.size) == 0;
}

static ProtobufCMessage *unpack(const ProtobufCMessageDescriptor *descriptor, struct bytes body,
                                struct record_arena *arena)
{
    if (body.size == 0 || body.size > SYSTEM_BODY_MAX)
        return NULL;
    return protobuf_c_message_unpack(descriptor, &arena->allocator, body.size, body.data);
}

static int check_schema(uint32_t schema)
{
    if (schema > RECORD_SCHEMA)
        return fault(FAULT_VERSION);
    return schema == RECORD_SCHEMA ? 0 : fault(FAULT_CORRUPT);
}

static bool digest_fits(ProtobufCBinaryData stored, struct bytes payload)
{
    uint8_t digest[RECORD_DIGEST_SIZE];

    if (payload.data == NULL || stored.len != sizeof digest)
        return false;
    record_digest(payload, digest);
    return memcmp(digest, stored.data, sizeof digest) == 0;
}

int record_encode_definition(const struct record_definition *definition, struct bytes text,
                             struct buffer *body)
{
    assert(definition->name[0] != '\0');
    Saga__V1__DefinitionRecord message = SAGA__V1__DEFINITION_RECORD__INIT;
    uint8_t digest[RECORD_DIGEST_SIZE];

    record_digest(text, digest);
    message.schema = RECORD_SCHEMA;
    message.wall_ms = definition->wall_ms;
    message.name = (char *)(uintptr_t)definition->name;
    message.hash = borrowed_bytes(definition->hash, DEFINITION_HASH_SIZE);
    message.payload_digest = borrowed_bytes(digest, sizeof digest);
    return pass(pack_into(&message.base, body));
}

int record_decode_definition(struct bytes body, struct bytes text,
                             struct record_definition *ret_definition)
{
    _Alignas(RECORD_ARENA_ALIGNMENT) uint8_t storage[SYSTEM_ARENA_SIZE];
    struct record_arena arena;

    record_arena_init(&arena, storage, sizeof storage);
    ProtobufCMessage *base = unpack(&saga__v1__definition_record__descriptor, body, &arena);
    if (base == NULL)
        return fault(FAULT_CORRUPT);
    const Saga__V1__DefinitionRecord *message = (const Saga__V1__DefinitionRecord *)base;
    int r = check_schema(message->schema);
    if (r != 0)
        return pass(r);
    size_t length = strlen(message->name);
    if (length == 0 || length >= sizeof ret_definition->name ||
        message->hash.len != DEFINITION_HASH_SIZE || !packs_to(base, body) ||
        !digest_fits(message->payload_digest, text))
        return fault(FAULT_CORRUPT);
    *ret_definition = (struct record_definition){.wall_ms = message->wall_ms};
    memcpy(ret_definition->name, message->name, length);
    memcpy(ret_definition->hash, message->hash.data, DEFINITION_HASH_SIZE);
    return 0;
}

int record_encode_server(uint64_t wall_ms, const uint8_t secret[RECORD_SECRET_SIZE],
                         struct buffer *body)
{
    Saga__V1__ServerRecord message = SAGA__V1__SERVER_RECORD__INIT;
    uint8_t digest[RECORD_DIGEST_SIZE];

    record_digest(bytes_of(secret, RECORD_SECRET_SIZE), digest);
    message.schema = RECORD_SCHEMA;
    message.wall_ms = wall_ms;
    message.payload_digest = borrowed_bytes(digest, sizeof digest);
    return pass(pack_into(&message.base, body));
}

int record_decode_server(struct bytes body, struct bytes secret)
{
    _Alignas(RECORD_ARENA_ALIGNMENT) uint8_t storage[SYSTEM_ARENA_SIZE];
    struct record_arena arena;

    record_arena_init(&arena, storage, sizeof storage);
    ProtobufCMessage *base = unpack(&saga__v1__server_record__descriptor, body, &arena);
    if (base == NULL)
        return fault(FAULT_CORRUPT);
    const Saga__V1__ServerRecord *message = (const Saga__V1__ServerRecord *)base;
    int r = check_schema(message->schema);
    if (r != 0)
        return pass(r);
    if (secret.size != RECORD_SECRET_SIZE || !packs_to(base, body) ||
        !digest_fits(message->payload_digest, secret))
        return fault(FAULT_CORRUPT);
    return 0;
}
