#include "gateway/etag.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define SPACES " \t"
#define SEPARATORS ", \t"
#define DIGITS_MAX 9u

/* No secret: it has to tell texts apart, not to prove anything. */
static const unsigned char digest_key[crypto_shorthash_KEYBYTES] = "sagad's etags";

void etag_of(uint32_t version, struct bytes shown, char ret_etag[ETAG_SIZE])
{
    unsigned char digest[crypto_shorthash_BYTES];
    char text[2 * sizeof(digest) + 1];

    crypto_shorthash(digest, shown.data, shown.size, digest_key);
    hex_encode(digest, sizeof(digest), text);
    snprintf(ret_etag, ETAG_SIZE, "\"%" PRIu32 ".%s\"", version, text);
}

/* One tag of a list, with its quotes; what follows it is where to go on. */
struct tag {
    const char *text;
    size_t length;
    bool weak;
};

static bool take_tag(const char **header, struct tag *ret_tag)
{
    const char *text = *header + strspn(*header, SEPARATORS);

    ret_tag->weak = strncmp(text, "W/", 2) == 0;
    text += ret_tag->weak ? 2 : 0;
    const char *end = *text == '"' ? strchr(text + 1, '"') : NULL;
    if (!end)
        return false;
    ret_tag->text = text;
    ret_tag->length = (size_t)(end + 1 - text);
    *header = end + 1;
    return true;
}

bool etag_none_match(const char *header, const char *etag)
{
    struct tag tag;

    if (!header)
        return false;
    if (strcmp(header, "*") == 0)
        return true;
    while (take_tag(&header, &tag))
        if (strlen(etag) == tag.length && memcmp(tag.text, etag, tag.length) == 0)
            return true;
    return false;
}

/* The digits between the quote and the dot. */
static uint32_t version_of(const struct tag *tag)
{
    uint32_t version = 0;
    size_t digits = strspn(tag->text + 1, "0123456789");

    if (digits == 0 || digits > DIGITS_MAX || tag->text[1 + digits] != '.')
        return 0;
    for (size_t i = 1; i <= digits; i++)
        version = version * 10 + (uint32_t)(tag->text[i] - '0');
    return version;
}

uint32_t etag_first_version(const char *header)
{
    struct tag tag;

    return header && take_tag(&header, &tag) ? version_of(&tag) : 0;
}

bool etag_match_version(const char *header, uint32_t *ret_version)
{
    struct tag tag;

    *ret_version = 0;
    if (!header || strcmp(header, "*") == 0)
        return true;
    if (!take_tag(&header, &tag) || header[strspn(header, SPACES)] != '\0')
        return false;
    uint32_t version = tag.weak ? 0 : version_of(&tag);
    *ret_version = version > 0 ? version : ETAG_VERSION_NEVER;
    return true;
}
