/*
 * Form data and filters from anybody: what is taken is text, bounded, and becomes valid JSON.
 */
#include "base/traceparent.h"
#include "gateway/etag.h"
#include "gateway/filter.h"
#include "gateway/form.h"
#include "gateway/key.h"
#include "gateway/message_form.h"
#include "gateway/prefer.h"
#include "gateway/segments.h"
#include "base/utf8.h"

#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_message(const struct form *form)
{
    struct message_form_error error = {0};
    char *input = NULL;

    if (message_form_input(form, "AC1", &input, &error)) {
        assert(error.text[0] != '\0');
        return;
    }
    json_t *json = json_loads(input, JSON_REJECT_DUPLICATES, NULL);
    assert(json != NULL);
    json_decref(json);
    free(input);
}

static void check_values(const struct form *form)
{
    for (size_t i = 0; i < form->count; i++) {
        const char *value = form->fields[i].value;
        struct filter filter;
        char error[FILTER_ERROR_SIZE] = "", key[SAGA_KEY_SIZE];
        char trace[TRACEPARENT_SIZE], again[TRACEPARENT_SIZE];
        uint32_t seconds, version;

        assert(form->fields[i].name[0] != '\0');
        assert(utf8_valid(bytes_of_text(form->fields[i].name)));
        assert(utf8_valid(bytes_of_text(value)));
        assert(segments_of(bytes_of_text(value)) >= 1);
        if (filter_parse(value, 1000, &filter, error) == 0)
            filter_matches(&filter, &(struct page_row){0});
        else
            assert(error[0] != '\0');
        if (key_parse(value, key))
            assert(key[0] != '\0');
        if (prefer_wait(value, &seconds))
            assert(seconds <= PREFER_WAIT_S_MAX);
        if (traceparent_parse(value, trace))
            assert(traceparent_parse(trace, again) && strcmp(trace, again) == 0);
        etag_none_match(value, "\"1.0123456789abcdef\"");
        if (etag_first_version(value) > 0)
            assert(!etag_match_version(value, &version) || version > 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct form form;
    struct form_error error;

    if (form_parse(bytes_of(data, size), &form, &error)) {
        assert(error.offset <= size);
        return 0;
    }
    assert(form.count <= FORM_FIELDS_MAX);
    check_values(&form);
    check_message(&form);
    form_fini(&form);
    return 0;
}
