#include "plan/discover.h"
#include "util/text.h"

/* Reads `count` digits at `at`; false where there are others. */
static bool read_digits(struct view v, size_t at, unsigned count, unsigned *ret)
{
    unsigned value = 0;
    if (at + count > v.size)
        return false;
    for (unsigned i = 0; i < count; i++) {
        if (!byte_is_digit(v.data[at + i]))
            return false;
        value = value * 10 + (unsigned)(v.data[at + i] - '0');
    }
    *ret = value;
    return true;
}

struct key_time {
    unsigned year, month, day, hour;
};

static bool time_to_ms(const struct key_time *t, int64_t *ret_ms)
{
    if (t->year < 2000 || t->year > 2099 || !civil_is_valid(t->year, t->month, t->day) ||
        t->hour > 23)
        return false;
    *ret_ms = (days_from_civil(t->year, t->month, t->day) * 24 + t->hour) * 3600000;
    return true;
}

/* YYYY<sep>MM<sep>DD at `at`. */
static bool read_day(struct view v, size_t at, char separator, struct key_time *t)
{
    return read_digits(v, at, 4, &t->year) && at + 10 <= v.size && v.data[at + 4] == separator &&
           read_digits(v, at + 5, 2, &t->month) && v.data[at + 7] == separator &&
           read_digits(v, at + 8, 2, &t->day);
}

enum { UUID_BYTES = 36, STAMP_BYTES = 19 /* YYYY-MM-DD-HH-mm-ss */ };

static bool is_uuid(struct view v, size_t at)
{
    if (at + UUID_BYTES > v.size)
        return false;
    for (size_t i = 0; i < UUID_BYTES; i++) {
        char byte = v.data[at + i];
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        bool is_hex = byte_is_digit(byte) || ((byte | 32) >= 'a' && (byte | 32) <= 'f');
        if (is_dash ? byte != '-' : !is_hex)
            return false;
    }
    return true;
}

/* The stream's name may hold `-` and digits, so the stamp is looked for from
 * the right. */
static bool hour_in_file_name(struct view file, int64_t *ret_ms)
{
    if (file.size < STAMP_BYTES + 1 + UUID_BYTES)
        return false;
    for (size_t at = file.size - STAMP_BYTES - 1 - UUID_BYTES + 1; at-- > 0;) {
        struct key_time t;
        unsigned minute, second;
        if (byte_is_digit(file.data[at]) && read_day(file, at, '-', &t) &&
            file.data[at + 10] == '-' && read_digits(file, at + 11, 2, &t.hour) &&
            file.data[at + 13] == '-' && read_digits(file, at + 14, 2, &minute) &&
            file.data[at + 16] == '-' && read_digits(file, at + 17, 2, &second) &&
            file.data[at + 19] == '-' && is_uuid(file, at + 20))
            return time_to_ms(&t, ret_ms);
    }
    return false;
}

static bool day_in_folder(struct view folder, int64_t *ret_ms)
{
    struct key_time t = {0};
    if (folder.size < 10)
        return false;
    bool starts =
        read_day(folder, 0, '-', &t) && (folder.size == 10 || !byte_is_digit(folder.data[10]));
    if (starts && time_to_ms(&t, ret_ms))
        return true;
    size_t at = folder.size - 10;
    return read_day(folder, at, '-', &t) && (at == 0 || !byte_is_digit(folder.data[at - 1])) &&
           time_to_ms(&t, ret_ms);
}

/* `YYYY/MM/DD` and then `/HH` where that follows, at a folder's start. */
static bool slashed_hour(struct view name, size_t at, int64_t *ret_ms)
{
    struct key_time t = {0};
    if (!read_day(name, at, '/', &t) || at + 10 >= name.size || name.data[at + 10] != '/')
        return false;
    unsigned hour;
    if (read_digits(name, at + 11, 2, &hour) && hour < 24 && at + 13 < name.size &&
        name.data[at + 13] == '/')
        t.hour = hour;
    return time_to_ms(&t, ret_ms);
}

bool key_hour(struct view name, int64_t *ret_ms)
{
    size_t file_begin = name.size;
    while (file_begin > 0 && name.data[file_begin - 1] != '/')
        file_begin--;
    if (hour_in_file_name(view_from(name, file_begin), ret_ms))
        return true;
    for (size_t end = file_begin; end > 0;) {
        size_t begin = end - 1; /* the slash that ends this folder */
        while (begin > 0 && name.data[begin - 1] != '/')
            begin--;
        if (slashed_hour(name, begin, ret_ms) ||
            day_in_folder(view_slice(name, begin, end - 1), ret_ms))
            return true;
        end = begin;
    }
    return false;
}
