#include "gateway/form.h"

#include "base/fault.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

/* Reads the encoded text from left to right and writes what it means into the form's storage. */
struct decoder {
    struct bytes text;
    size_t at;
    char *out; /* The next free byte of the storage; decoding never makes anything longer. */
    struct form_error error;
};

static int hex_value(uint8_t digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return -1;
}

static int malformed(struct decoder *decoder, size_t offset, const char *text)
{
    decoder->error = (struct form_error){.text = text, .offset = offset};
    return FORM_MALFORMED;
}

static int decode_percent(struct decoder *decoder)
{
    size_t at = decoder->at;
    int high = at + 2 < decoder->text.size ? hex_value(decoder->text.data[at + 1]) : -1;
    int low = at + 2 < decoder->text.size ? hex_value(decoder->text.data[at + 2]) : -1;
    if (high < 0 || low < 0)
        return malformed(decoder, at, "a % is not followed by two hexadecimal digits");
    if (high == 0 && low == 0)
        return malformed(decoder, at, "%00 is not text");
    *decoder->out++ = (char)(high << 4 | low);
    decoder->at += 3;
    return 0;
}

static int decode_byte(struct decoder *decoder)
{
    uint8_t byte = decoder->text.data[decoder->at];
    if (byte == '%')
        return decode_percent(decoder);
    if (byte == '\0')
        return malformed(decoder, decoder->at, "a NUL is not text");
    *decoder->out++ = byte == '+' ? ' ' : (char)byte;
    decoder->at++;
    return 0;
}

/* Decode up to '&', the end, or for a name '='; the token ends with a NUL. */
static int decode_token(struct decoder *decoder, bool is_name, const char **ret_token)
{
    size_t start = decoder->at;
    char *token = decoder->out;
    while (decoder->at < decoder->text.size) {
        uint8_t byte = decoder->text.data[decoder->at];
        if (byte == '&' || (is_name && byte == '='))
            break;
        int r = decode_byte(decoder);
        if (r)
            return r;
    }
    if (!utf8_valid(bytes_of(token, (size_t)(decoder->out - token))))
        return malformed(decoder, start, "the decoded text is not UTF-8");
    *decoder->out++ = '\0';
    *ret_token = token;
    return 0;
}

static int decode_pair(struct decoder *decoder, struct form_field *ret_field)
{
    size_t start = decoder->at;
    int r = decode_token(decoder, true, &ret_field->name);
    if (r)
        return r;
    if (decoder->at == decoder->text.size || decoder->text.data[decoder->at] != '=')
        return malformed(decoder, start, "a pair has no '='");
    if (ret_field->name[0] == '\0')
        return malformed(decoder, start, "a pair has no name");
    decoder->at++;
    return decode_token(decoder, false, &ret_field->value);
}

static int decode_pairs(struct decoder *decoder, struct form *form)
{
    while (decoder->at < decoder->text.size) {
        if (decoder->text.data[decoder->at] == '&') {
            decoder->at++;
            continue;
        }
        if (form->count == FORM_FIELDS_MAX)
            return malformed(decoder, decoder->at, "there are more than 64 pairs");
        int r = decode_pair(decoder, &form->fields[form->count]);
        if (r)
            return r;
        form->count++;
    }
    return 0;
}

/* A pair gives up its '=' and '&' for two NULs; the last has no '&', hence one byte more. */
int form_parse(struct bytes text, struct form *ret_form, struct form_error *ret_error)
{
    struct form form = {.storage = malloc(text.size + 2)};
    if (!form.storage)
        return fault(FAULT_MEMORY);
    struct decoder decoder = {.text = text, .out = form.storage};
    int r = decode_pairs(&decoder, &form);
    if (r) {
        *ret_error = decoder.error;
        free(form.storage);
        return r;
    }
    *ret_form = form;
    return 0;
}

void form_fini(struct form *form)
{
    free(form->storage);
    *form = (struct form){0};
}

const char *form_value(const struct form *form, const char *name)
{
    for (size_t i = 0; i < form->count; i++)
        if (strcmp(form->fields[i].name, name) == 0)
            return form->fields[i].value;
    return NULL;
}

size_t form_count(const struct form *form, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < form->count; i++)
        if (strcmp(form->fields[i].name, name) == 0)
            count++;
    return count;
}

int form_encode(struct buffer *buffer, const char *value)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    int r = 0;

    for (; *value != '\0' && r == 0; value++) {
        if (strchr(plain, *value))
            r = buffer_append(buffer, value, 1);
        else
            r = buffer_print(buffer, "%%%02X", (unsigned)(uint8_t)*value);
    }
    return pass(r);
}
