/*
 * Auth: who may send what, from where, to whom. One operation, `validate`, which has no effect.
 */
#ifndef PARTICIPANTS_AUTH_AUTH_H
#define PARTICIPANTS_AUTH_AUTH_H

#include "service/service.h"

extern const struct service auth_service;

#endif
