/* corpus_body.h - what programs say, before a runtime puts its words around it.
 *
 * Tables of constants. What a correct reader makes of each body stands beside
 * it, worked out by hand: that is where the truth file comes from. */
#ifndef MILLRACE_CORPUS_BODY_H
#define MILLRACE_CORPUS_BODY_H

#include <stdbool.h>
#include <stddef.h>

/* How a function's lines look. */
enum style {
    STYLE_NODE,       /* time, tab, request id, tab, LEVEL, tab, text */
    STYLE_NODE8,      /* without the level */
    STYLE_PYTHON,     /* [LEVEL] tab time tab id tab text */
    STYLE_JAVA,       /* [LEVEL] text */
    STYLE_LOG4J,      /* date time id LEVEL Class - text */
    STYLE_RUBY,       /* I, [time #8]  INFO id -- : text */
    STYLE_DOTNET,     /* time, tab, id, tab, fail, tab, text */
    STYLE_GO,         /* date time text */
    STYLE_POWERSHELL, /* [Information] - text */
    STYLE_JSON,       /* Lambda's JSON log format */
    STYLE_COUNT
};
#define STYLE_BIT(style) (1u << (style))
#define STYLES_ALL ((1u << STYLE_COUNT) - 1)
#define STYLES_TEXT (STYLES_ALL & ~STYLE_BIT(STYLE_JSON))

enum row_level {
    LEVEL_TRACE,
    LEVEL_DEBUG,
    LEVEL_INFO,
    LEVEL_WARN,
    LEVEL_ERROR,
    LEVEL_FATAL,
    LEVEL_NOTICE,  /* a word no table knows: kept as it is */
    LEVEL_VERBOSE, /* likewise */
    LEVEL_COUNT,
    LEVEL_OF_LINE, /* only in a body: it names no level of its own */
};

enum row_kind {
    ROW_LOG,
    ROW_TEXT,
    ROW_TIMEOUT,
    ROW_CRASH,
    ROW_START,
    ROW_END,
    ROW_REPORT,
    ROW_INIT,
    ROW_PLATFORM,
    ROW_METRIC,
    ROW_KIND_COUNT
};

extern const char *const row_level_names[LEVEL_COUNT];
extern const char *const row_kind_names[ROW_KIND_COUNT];

enum form_of_body {
    BODY_PAYLOAD, /* a JSON object: `log` in every style */
    BODY_TEXT,    /* plain text: `text`, in the JSON format a string in a `log` */
    BODY_MESSAGE, /* the whole message, line head and all; row_kind and level as given */
};

struct body {
    enum form_of_body form;
    enum row_kind kind;        /* BODY_MESSAGE only */
    enum row_level line_level; /* what the line says (BODY_MESSAGE: unused) */
    enum row_level level;      /* the payload's, or the row's for BODY_MESSAGE */
    unsigned styles;           /* who can say it; 0: every style that can carry it */
    unsigned weight;
    bool is_ignored;           /* a retry: never a row */
    const char *problem;       /* an alert's name in the truth file; NULL: no alert */
    const char *title;         /* constant title */
    const char *title_pattern; /* or a regular expression for the whole of it */
    const char *text;
};

extern const struct body problem_bodies[];
extern const size_t problem_bodies_count;
extern const struct body traffic_bodies[];
extern const size_t traffic_bodies_count;

/* Lambda's own lines, by use. */
enum system_line {
    SYSTEM_START,
    SYSTEM_END,
    SYSTEM_REPORT,
    SYSTEM_REPORT_COLD,
    SYSTEM_REPORT_XRAY,
    SYSTEM_REPORT_TIMEOUT,   /* old: no status */
    SYSTEM_REPORT_TIMED_OUT, /* new: Status: timeout */
    SYSTEM_REPORT_FAILED,    /* new: Status: error */
    SYSTEM_INIT,
    SYSTEM_TIMEOUT,       /* Task timed out … */
    SYSTEM_CRASH,         /* Runtime exited … */
    SYSTEM_CRASH_OLD,     /* Process exited … */
    SYSTEM_OUT_OF_MEMORY, /* the engine's last words, without a request id */
    SYSTEM_EXTENSION,
    SYSTEM_JSON_INIT,
    SYSTEM_JSON_START,
    SYSTEM_JSON_RUNTIME_DONE,
    SYSTEM_JSON_REPORT,
    SYSTEM_JSON_REPORT_COLD,
    SYSTEM_JSON_DONE_TIMED_OUT,
    SYSTEM_JSON_REPORT_TIMED_OUT,
    SYSTEM_JSON_DONE_FAILED,
    SYSTEM_JSON_REPORT_FAILED,
    SYSTEM_JSON_FAULT,
    SYSTEM_LINE_COUNT
};

struct system_body {
    enum row_kind kind;
    enum row_level level;
    const char *text;
};
extern const struct system_body system_bodies[SYSTEM_LINE_COUNT];

#endif
