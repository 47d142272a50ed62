/*
 * Any text is taken or refused with a reason, and what is taken never listens to strangers unsaid.
 */
#include "config/config.h"

#include <assert.h>
#include <sodium.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buffer told = {0};
    struct config config;

    assert(sodium_init() >= 0);
    int r = config_read("fuzz.yaml", bytes_of(data, size), &config, &told);
    assert(r == 0 || r == CONFIG_REFUSED);
    assert((r == 0) == (told.size == 0));
    if (r == 0) {
        assert(config_address_is_loopback(config.http_address) || config.behind_proxy);
        for (size_t i = 0; i < config.endpoint_count; i++)
            assert(egress_url_valid(config.endpoints[i].url));
        config_fini(&config);
    }
    buffer_fini(&told);
    return 0;
}
