/* assets.h - the style sheet and the script of report.html.
 *
 * The definitions are generated at build time from report.css and report.js by
 * embed.c, each with the hash that the page's Content-Security-Policy names. */
#ifndef MILLRACE_ASSETS_H
#define MILLRACE_ASSETS_H

#include "util/view.h"

struct asset {
    struct view text; /* what stands between the tags, byte for byte */
    struct view sha256_base64;
};

extern const struct asset asset_css;
extern const struct asset asset_js;

#endif
