/*
 * Any bytes as a record: refused, or the very bytes that encoding what was read gives.
 *
 * The first byte chooses which kind of record the others are; for the system's, the second says
 * how much is body, and the rest is payload.
 */
#include "codec/record_audit.h"

#include "base/fault.h"

#include <sodium.h>
#include <stdlib.h>

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count;
    (void)arguments;
    return sodium_init() < 0 ? -1 : 0;
}

static void decode_saga(uint32_t sequence, uint32_t step_count_max, struct bytes body)
{
    static struct record record;
    struct buffer again = {0};

    int r = record_decode(ID_FIRST_SAGA, sequence, step_count_max, body, &record);
    require(r == 0 || r == fault(FAULT_CORRUPT) || r == fault(FAULT_VERSION));
    if (r != 0)
        return;
    require(record.event.changed >> (step_count_max - 1) <= 1);
    require(record_encode(&record, &again) == 0);
    require(bytes_equal(bytes_of(again.data, again.size), body));
    buffer_fini(&again);
}

static void decode_system(bool server, struct bytes body, struct bytes payload)
{
    struct record_definition definition;

    int r = server ? record_decode_server(body, payload)
                   : record_decode_definition(body, payload, &definition);
    require(r == 0 || r == fault(FAULT_CORRUPT) || r == fault(FAULT_VERSION));
    require(r != 0 || server || definition.name[0] != '\0');
}

static void decode_audit(struct bytes body)
{
    struct record_audit audit;
    struct buffer again = {0};

    int r = record_decode_audit(body, &audit);
    require(r == 0 || r == fault(FAULT_CORRUPT) || r == fault(FAULT_VERSION));
    if (r != 0)
        return;
    require(record_encode_audit(&audit, &again) == 0);
    require(bytes_equal(bytes_of(again.data, again.size), body));
    buffer_fini(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    uint8_t kind = data[0] % 5, split = data[1];
    struct bytes rest = bytes_of(data + 2, size - 2);

    if (kind < 2) {
        decode_saga(kind + 1u, 1u + split % SAGA_STEPS_MAX, rest);
        return 0;
    }
    if (kind == 4) {
        decode_audit(rest);
        return 0;
    }
    size_t body = split < rest.size ? split : rest.size;
    decode_system(kind == 2, bytes_of(rest.data, body),
                  bytes_of(rest.data + body, rest.size - body));
    return 0;
}
