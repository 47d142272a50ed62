#include "base/log.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#define LINE_SIZE 1024u

static const char *const names[] = {
    [LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARNING] = "warning", [LOG_ERROR] = "error"};

static atomic_int least = LOG_INFO;

void log_set_level(enum log_level level)
{
    atomic_store(&least, (int)level);
}

enum log_level log_level(void)
{
    return (enum log_level)atomic_load(&least);
}

static size_t escape_json(const char *text, char *out, size_t size)
{
    size_t length = 0;

    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        if (length + 7 >= size)
            break;
        if (*at == '"' || *at == '\\') {
            out[length++] = '\\';
            out[length++] = (char)*at;
        } else if (*at < 0x20) {
            length += (size_t)snprintf(out + length, size - length, "\\u%04x", *at);
        } else {
            out[length++] = (char)*at;
        }
    }
    out[length] = '\0';
    return length;
}

/* One write per line, so that lines of several threads and processes do not mix. */
void log_line(enum log_level level, const char *format, ...)
{
    if (level < log_level())
        return;

    char message[LINE_SIZE], line[2 * LINE_SIZE + 128], time[CLOCK_RFC3339_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    clock_rfc3339(instant_now().wall_ms, time);

    int length;
    if (isatty(STDERR_FILENO)) {
        length = snprintf(line, sizeof line, "%s %-7s %s\n", time, names[level], message);
    } else {
        char escaped[2 * LINE_SIZE];
        escape_json(message, escaped, sizeof escaped);
        length = snprintf(line, sizeof line,
                          "{\"time\":\"%s\",\"level\":\"%s\",\"message\":\"%s\"}\n", time,
                          names[level], escaped);
    }
    /* A log that cannot be written must not stop the server. */
    if (write(STDERR_FILENO, line, (size_t)length) < 0)
        return;
}
