/*
 * One line per thing that happened, on stderr: `key=value` text on a terminal, JSON otherwise.
 *
 * Libraries do not log; the engine, the gateway and main do. Never payloads, never secrets.
 */
#ifndef ORCHESTRATOR_BASE_LOG_H
#define ORCHESTRATOR_BASE_LOG_H

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

/* What is below @level is dropped. Before the first call: LOG_INFO. */
void log_set_level(enum log_level level);
enum log_level log_level(void);

/* A message of one line; it ends with no newline and names no secret. */
void log_line(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
