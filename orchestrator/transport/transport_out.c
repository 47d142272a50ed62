#include "transport/transport_out.h"

#include "base/fault.h"

#include <errno.h>
#include <sys/socket.h>

void transport_out_fini(struct transport_out *out)
{
    buffer_fini(&out->bytes);
    *out = (struct transport_out){.done = 0};
}

bool transport_out_waits(const struct transport_out *out)
{
    return out->bytes.size > 0;
}

size_t transport_out_left(const struct transport_out *out)
{
    return out->bytes.size - out->done;
}

int transport_out_append(struct transport_out *out, bool ipc, struct transport_frame frame,
                         uint64_t now_ms)
{
    if (!transport_out_waits(out))
        out->progress_ms = now_ms;
    return pass(transport_frame_append(&out->bytes, ipc, frame));
}

static void drop_sent(struct transport_out *out)
{
    out->before += out->done;
    out->done = 0;
    buffer_clear(&out->bytes);
    if (out->bytes.capacity > TRANSPORT_KEEP_MAX)
        buffer_fini(&out->bytes);
}

bool transport_out_write(struct transport_out *out, int fd, uint64_t now_ms)
{
    while (out->done < out->bytes.size) {
        ssize_t r = send(fd, out->bytes.data + out->done, out->bytes.size - out->done,
                         MSG_NOSIGNAL | MSG_DONTWAIT);
        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK;
        out->done += (size_t)r;
        out->progress_ms = now_ms;
    }
    drop_sent(out);
    return true;
}
