#include "json/json_document.h"

#include "json/json.h"
#include "json/json_scan.h"

/* From the first byte of a value, or white space before it, to behind it. */
static bool scan_document(struct json_scan *s)
{
    do {
        if (!json_scan_step(s))
            return false;
    } while (s->depth > 0);
    return true;
}

size_t json_document_end(struct view text, size_t *ret_looked)
{
    *ret_looked = 0;
    if (text.size == 0 || (text.data[0] != '{' && text.data[0] != '['))
        return 0;
    struct json_scan s;
    json_scan_begin(&s, text, 0, false);
    bool is_sound = scan_document(&s);
    *ret_looked = is_sound || json_scan_is_done(&s) ? s.at : s.at + 1;
    return is_sound ? s.at : 0;
}

enum rc json_document_explain(struct view text, struct err *err)
{
    if (err == NULL)
        return RC_BAD_INPUT;
    struct json_scan s;
    json_scan_begin(&s, text, 0, true);
    if (scan_document(&s)) {
        json_scan_space(&s);
        s.fault = "something behind the document";
    }
    return err_set(err, RC_BAD_INPUT, "JSON: %s at byte %zu", s.fault, s.at);
}
