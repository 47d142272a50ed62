#include "base/id.h"

#include "base/bytes.h"

#include <assert.h>
#include <string.h>

#define SHARD_BITS 6u
#define COUNT_BITS 10u
#define PREFIX "saga_"
#define PREFIX_LENGTH 5u
#define BASE32_LENGTH 26u /* 130 bits: the first character carries only three. */

static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

/* The other way round, from 'a'; -1: not a digit. */
static const int8_t letters[26] = {10, 11, 12, 13, 14, 15, 16, 17, -1, 18, 19, -1, 20,
                                   21, -1, 22, 23, 24, 25, 26, -1, 27, 28, 29, 30, 31};

uint64_t id_next_number(uint64_t last, uint64_t wall_ms, uint8_t shard)
{
    assert(shard < 1u << SHARD_BITS);
    uint64_t step = (uint64_t)shard << COUNT_BITS;
    uint64_t clock = wall_ms << (SHARD_BITS + COUNT_BITS) | step;
    uint64_t number = clock;

    if (last >= clock) {
        number = last + 1;
        /* The count ran over into the shard: borrow the next millisecond. */
        if ((number >> COUNT_BITS & ((1u << SHARD_BITS) - 1)) != shard)
            number = ((last >> (SHARD_BITS + COUNT_BITS)) + 1) << (SHARD_BITS + COUNT_BITS) | step;
    }
    assert(number > last);
    assert(number >> 63 == 0);
    return number < ID_FIRST_SAGA ? ID_FIRST_SAGA : number;
}

uint64_t id_first_number(uint64_t wall_ms)
{
    unsigned shift = SHARD_BITS + COUNT_BITS;

    return wall_ms > (uint64_t)INT64_MAX >> shift ? (uint64_t)INT64_MAX : wall_ms << shift;
}

bool id_equal(struct saga_id a, struct saga_id b)
{
    return a.number == b.number && a.nonce == b.nonce;
}

static void store_big_endian(uint64_t value, uint8_t *out)
{
    for (unsigned i = 0; i < 8; i++)
        out[i] = (uint8_t)(value >> (56u - 8u * i));
}

static uint64_t load_big_endian(const uint8_t *in)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < 8; i++)
        value = value << 8 | in[i];
    return value;
}

void id_text(struct saga_id id, char ret_text[ID_TEXT_SIZE])
{
    uint64_t high = id.number, low = id.nonce;

    memcpy(ret_text, PREFIX, PREFIX_LENGTH);
    for (unsigned i = BASE32_LENGTH; i > 0; i--) {
        ret_text[PREFIX_LENGTH + i - 1] = alphabet[low & 31u];
        low = low >> 5 | high << 59;
        high >>= 5;
    }
    ret_text[PREFIX_LENGTH + BASE32_LENGTH] = '\0';
}

void id_bytes(struct saga_id id, uint8_t ret_bytes[ID_BYTES_SIZE])
{
    store_big_endian(id.number, ret_bytes);
    store_big_endian(id.nonce, ret_bytes + 8);
}

struct saga_id id_from_bytes(const uint8_t bytes[ID_BYTES_SIZE])
{
    return (struct saga_id){
        .number = load_big_endian(bytes),
        .nonce = load_big_endian(bytes + 8),
    };
}

void id_sid(struct saga_id id, char ret_sid[ID_SID_SIZE])
{
    uint8_t data[ID_BYTES_SIZE];

    id_bytes(id, data);
    memcpy(ret_sid, "SM", 2);
    hex_encode(data, sizeof data, ret_sid + 2);
}

static int digit_of(char character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    return character >= 'a' && character <= 'z' ? letters[character - 'a'] : -1;
}

static bool parse_text(const char *text, struct saga_id *ret_id)
{
    uint64_t high = 0, low = 0;

    if (strlen(text) != BASE32_LENGTH || text[0] < '0' || text[0] > '7')
        return false;
    for (const char *at = text; *at != '\0'; at++) {
        int digit = digit_of(*at);
        if (digit < 0)
            return false;
        high = high << 5 | low >> 59;
        low = low << 5 | (uint64_t)digit;
    }
    *ret_id = (struct saga_id){.number = high, .nonce = low};
    return true;
}

bool id_parse(const char *text, struct saga_id *ret_id)
{
    uint8_t data[ID_BYTES_SIZE];

    if (strncmp(text, PREFIX, PREFIX_LENGTH) == 0)
        return parse_text(text + PREFIX_LENGTH, ret_id);
    if (strncmp(text, "SM", 2) != 0 || !hex_decode(text + 2, sizeof data, data))
        return false;
    *ret_id = id_from_bytes(data);
    return true;
}
