/* json_parser.h - what the files of this module know of a parsed document. */
#ifndef MILLRACE_JSON_PARSER_H
#define MILLRACE_JSON_PARSER_H

#include "json/json.h"

/* The last token of the value that begins at `token`. */
static inline uint32_t token_last(const struct json_parser *p, uint32_t token)
{
    char byte = json_token_byte(p, token);
    return byte == '{' || byte == '[' ? p->closes[token] : token;
}

#endif
