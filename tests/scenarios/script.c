/*
 * Words and options; nothing here knows what a saga is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scenarios/script.h"

#include <stdlib.h>
#include <string.h>

bool script_parse(const char *line, struct script_line *ret_line)
{
    size_t length = strcspn(line, "#\n");
    char *rest = NULL;

    assert_true(length < SCRIPT_LINE_SIZE);
    *ret_line = (struct script_line){0};
    memcpy(ret_line->text, line, length);
    for (char *word = strtok_r(ret_line->text, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        bool option = strchr(word, '=') != NULL;
        int *count = option ? &ret_line->option_count : &ret_line->word_count;

        assert_true(*count < SCRIPT_WORDS_MAX);
        (option ? ret_line->options : ret_line->words)[(*count)++] = word;
    }
    return ret_line->word_count > 0;
}

const char *script_word(const struct script_line *line, int number)
{
    return number < line->word_count ? line->words[number] : "";
}

bool script_has(const struct script_line *line, const char *word)
{
    for (int i = 2; i < line->word_count; i++)
        if (strcmp(line->words[i], word) == 0)
            return true;
    return false;
}

const char *script_option(const struct script_line *line, const char *name)
{
    size_t length = strlen(name);

    for (int i = 0; i < line->option_count; i++)
        if (strncmp(line->options[i], name, length) == 0 && line->options[i][length] == '=')
            return line->options[i] + length + 1;
    return NULL;
}

uint64_t script_number(const struct script_line *line, const char *name, uint64_t otherwise)
{
    const char *value = script_option(line, name);

    return value != NULL ? strtoull(value, NULL, 10) : otherwise;
}
