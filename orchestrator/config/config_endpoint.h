/*
 * A participant that is called over HTTP: the entry of `participants` that has a `url`.
 *
 *   - name: parcel
 *     url: https://parcel.example/saga
 *     limit: 16                          requests that are out at once
 *     authorization_file: parcel.auth    what is sent as Authorization; the file's first line
 *     ca_file: parcel.pem                who may have signed its certificate
 *     trusted_network: false             http that leaves this machine is allowed
 */
#ifndef ORCHESTRATOR_CONFIG_CONFIG_ENDPOINT_H
#define ORCHESTRATOR_CONFIG_CONFIG_ENDPOINT_H

#include "catalog/report.h"
#include "catalog/yaml_tree.h"
#include "config/config.h"

bool config_endpoint_is(const struct yaml_node *entry);

/*
 * Read it into the configuration, and make its worker known to the accounts by a new secret.
 * 0; 1 with problems in the report; a fault.
 */
int config_endpoint_read(struct report *report, const struct yaml_node *entry,
                         struct config *config);

#endif
