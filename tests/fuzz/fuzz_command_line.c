/* Any command line is taken, or refused with one line that can be printed. */
#include "fuzz.h"

#include "cli/command_line.h"

enum { ARGUMENTS_MAX = 600 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[FUZZ_BYTES_MAX + 2];
    static char *arguments[ARGUMENTS_MAX + 1];
    static struct command_line line;
    struct err err = {{0}};
    struct view in = view_of(data, size < FUZZ_BYTES_MAX ? size : FUZZ_BYTES_MAX);
    memcpy(text, in.data, in.size);
    text[in.size] = '\0';
    int count = 0;
    arguments[count++] = (char *)"millrace";
    for (struct view rest = view_of(text, in.size); rest.size > 0 && count < ARGUMENTS_MAX;)
        arguments[count++] = (char *)(uintptr_t)fuzz_part(&rest).data;
    arguments[count] = NULL;
    enum rc rc = command_line_parse(count, arguments, &line, &err);
    FUZZ_HOLDS(rc == RC_OK || rc == RC_USAGE);
    FUZZ_HOLDS((rc == RC_OK) == (err.text[0] == '\0'));
    for (const char *c = err.text; *c != '\0'; c++)
        FUZZ_HOLDS((unsigned char)*c >= ' ' && *c != 0x7f);
    if (rc != RC_OK || !line.has_verb)
        return 0;
    struct buf out = {0};
    help_append_verb(line.verb, &out);
    options_append_canonical(&line.options, &out);
    FUZZ_HOLDS(!buf_failed(&out));
    buf_done(&out);
    return 0;
}
