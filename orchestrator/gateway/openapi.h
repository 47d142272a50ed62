/*
 * The document of both faces, as JSON: made of docs/openapi.yaml when the server is built.
 */
#ifndef ORCHESTRATOR_GATEWAY_OPENAPI_H
#define ORCHESTRATOR_GATEWAY_OPENAPI_H

#include <stddef.h>

extern const unsigned char openapi_document[];
extern const size_t openapi_document_size;

#endif
