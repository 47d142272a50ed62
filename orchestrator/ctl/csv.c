#include "ctl/csv.h"

#include <string.h>

/* A spreadsheet would run what starts like this; a quote in front makes it a text. */
static bool is_formula(const char *text)
{
    return text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL && text[1] != '\0';
}

void csv_field(const char *text, bool last, FILE *out)
{
    bool formula = is_formula(text);
    bool quoted = formula || strpbrk(text, ",\"\r\n") != NULL;

    if (quoted)
        fputc('"', out);
    if (formula)
        fputc('\'', out);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    if (quoted)
        fputc('"', out);
    fputs(last ? "\r\n" : ",", out);
}
