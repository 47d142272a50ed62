/*
 * Messaging: the outbound queue, and the consumer that empties it.
 */
#ifndef PARTICIPANTS_MESSAGING_MESSAGING_H
#define PARTICIPANTS_MESSAGING_MESSAGING_H

#include "service/service.h"

extern const struct service messaging_service;

#endif
