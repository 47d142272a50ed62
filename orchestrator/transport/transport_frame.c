#include "transport/transport_frame.h"

#include "base/fault.h"
#include "codec/wire.h"

#include <string.h>

#define MARK 0x01u /* The first byte of each frame over ipc. */
#define LENGTH_SIZE 8u
#define REQUEST_SIZE 4u

const uint8_t transport_asker_greeting[] = {0x00, 'S', 'P', 0x00, 0x00, 0x30, 0x00, 0x00};
const uint8_t transport_answerer_greeting[] = {0x00, 'S', 'P', 0x00, 0x00, 0x31, 0x00, 0x00};

static uint64_t load_big_endian(const uint8_t *bytes, unsigned size)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < size; i++)
        value = value << 8 | bytes[i];
    return value;
}

static void store_big_endian(uint64_t value, unsigned size, uint8_t *bytes)
{
    for (unsigned i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> (8u * (size - 1 - i)));
}

enum transport_frame_result transport_frame_read(struct bytes bytes, bool ipc,
                                                 struct transport_frame *ret_frame,
                                                 size_t *ret_used)
{
    size_t skip = ipc ? 1 : 0, head = skip + LENGTH_SIZE;

    if (bytes.size < head)
        return TRANSPORT_FRAME_INCOMPLETE;
    uint64_t length = load_big_endian(bytes.data + skip, LENGTH_SIZE);
    if ((ipc && bytes.data[0] != MARK) || length < REQUEST_SIZE ||
        length > WIRE_MESSAGE_MAX + REQUEST_SIZE)
        return TRANSPORT_FRAME_NONSENSE;
    if (bytes.size < head + length)
        return TRANSPORT_FRAME_INCOMPLETE;
    uint32_t request = (uint32_t)load_big_endian(bytes.data + head, REQUEST_SIZE);
    if ((request & TRANSPORT_REQUEST_BIT) == 0)
        return TRANSPORT_FRAME_NONSENSE;
    ret_frame->request = request;
    ret_frame->body =
        bytes_of(bytes.data + head + REQUEST_SIZE, (size_t)length - REQUEST_SIZE);
    *ret_used = head + (size_t)length;
    return TRANSPORT_FRAME_TAKEN;
}

enum transport_frame_result
transport_greeting_read(struct bytes bytes, const uint8_t expected[TRANSPORT_GREETING_SIZE],
                        size_t *ret_used)
{
    if (bytes.size < TRANSPORT_GREETING_SIZE)
        return TRANSPORT_FRAME_INCOMPLETE;
    if (memcmp(bytes.data, expected, TRANSPORT_GREETING_SIZE) != 0)
        return TRANSPORT_FRAME_NONSENSE;
    *ret_used = TRANSPORT_GREETING_SIZE;
    return TRANSPORT_FRAME_TAKEN;
}

int transport_frame_append(struct buffer *buffer, bool ipc, struct transport_frame frame)
{
    uint8_t head[1 + LENGTH_SIZE + REQUEST_SIZE] = {MARK};
    size_t skip = ipc ? 0 : 1;
    uint8_t *place = buffer_reserve(buffer, sizeof head + frame.body.size);

    if (place == NULL)
        return fault(FAULT_MEMORY);
    store_big_endian(frame.body.size + REQUEST_SIZE, LENGTH_SIZE, head + 1);
    store_big_endian(frame.request, REQUEST_SIZE, head + 1 + LENGTH_SIZE);
    memcpy(place, head + skip, sizeof head - skip);
    if (frame.body.size > 0)
        memcpy(place + sizeof head - skip, frame.body.data, frame.body.size);
    buffer->size += sizeof head - skip + frame.body.size;
    return 0;
}
