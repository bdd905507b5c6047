#include "interpret/region.h"

#include "interpret/envelope.h"

static bool is_lower(char byte)
{
    return byte >= 'a' && byte <= 'z';
}

static bool is_name_byte(char byte)
{
    return is_lower(byte) || byte_is_digit(byte) || (byte >= 'A' && byte <= 'Z');
}

/* Size of the region that stands at `at`: two to eight letters, parts of
 * letters, and a number of one or two digits, as in us-gov-west-1. */
static size_t region_size(struct view text, size_t at)
{
    enum { AREA_BYTES_MIN = 2, AREA_BYTES_MAX = 8, PARTS_MAX = 3, DIGITS_MAX = 2 };
    size_t end = at;
    while (end < text.size && is_lower(text.data[end]))
        end++;
    if (end - at < AREA_BYTES_MIN || end - at > AREA_BYTES_MAX)
        return 0;
    for (unsigned part = 0; part <= PARTS_MAX; part++) {
        if (end >= text.size || text.data[end] != '-')
            return 0;
        size_t begin = end + 1;
        for (end = begin; end < text.size && is_lower(text.data[end]);)
            end++;
        if (end > begin)
            continue;
        while (end < text.size && byte_is_digit(text.data[end]))
            end++;
        bool is_region = part > 0 && end > begin && end - begin <= DIGITS_MAX;
        return is_region ? end - at : 0;
    }
    return 0;
}

/* The next `arn:` at `at` or behind it, or text.size. The colon is its rarest byte:
 * texts have many an `a`. */
static size_t find_arn(struct view text, size_t at)
{
    const struct view mark = VIEW("arn:");
    const size_t colon = mark.size - 1;
    for (size_t from = at + colon; from < text.size; from++) {
        from = view_find_byte(text, ':', from);
        if (from < text.size && memcmp(text.data + from - colon, mark.data, mark.size) == 0)
            return from - colon;
    }
    return text.size;
}

struct view region_in_arns(struct view text)
{
    const struct view mark = VIEW("arn:");
    for (size_t at = find_arn(text, 0); at < text.size; at = find_arn(text, at + 1)) {
        /* arn:partition:service:region:… */
        size_t service = view_find_byte(text, ':', at + mark.size) + 1;
        size_t region = service < text.size ? view_find_byte(text, ':', service) + 1 : text.size;
        if (region >= text.size || region - at > 64)
            continue;
        size_t size = region_size(text, region);
        if (size > 0 && region + size < text.size && text.data[region + size] == ':')
            return view_slice(text, region, region + size);
    }
    return VIEW_NULL;
}

/* Service names may look like a region (my-app-2): in names only the areas and
 * directions that AWS uses count. */
static bool is_known(struct view region)
{
    static const char *const areas[] = {"us-", "eu-", "ap-", "sa-", "ca-",  "cn-",
                                        "me-", "af-", "il-", "mx-", "eusc-"};
    static const char *const directions[] = {"north",     "south",     "east",
                                             "west",      "central",   "northeast",
                                             "northwest", "southeast", "southwest"};
    bool is_area = false;
    for (size_t i = 0; i < sizeof(areas) / sizeof(areas[0]); i++)
        is_area = is_area || view_starts_with(region, view_of_string(areas[i]));
    size_t end = region.size;
    while (byte_is_digit(region.data[end - 1]))
        end--;
    size_t begin = --end;
    while (begin > 0 && region.data[begin - 1] != '-')
        begin--;
    struct view last = view_slice(region, begin, end);
    /* A sovereign cloud names a country instead: eusc-de-east-1 has both. */
    for (size_t i = 0; is_area && i < sizeof(directions) / sizeof(directions[0]); i++) {
        if (view_equals(last, view_of_string(directions[i])))
            return true;
    }
    return false;
}

/* `region=…` names whatever it names. */
static bool is_named_as_region(struct view name, size_t at)
{
    struct view key = VIEW("region=");
    return at >= key.size && view_ends_with(view_slice(name, 0, at), key);
}

/* The last region in one component of a name. */
static struct view region_in_component(struct view component)
{
    for (size_t at = component.size; at-- > 0;) {
        if (at > 0 && is_name_byte(component.data[at - 1]))
            continue;
        size_t size = region_size(component, at);
        size_t end = at + size;
        if (size == 0 || (end < component.size && is_name_byte(component.data[end])))
            continue;
        struct view region = view_slice(component, at, end);
        if (is_known(region) || is_named_as_region(component, at))
            return region;
    }
    return VIEW_NULL;
}

struct view region_in_name(struct view name)
{
    size_t end = name.size;
    for (;;) {
        size_t begin = end;
        while (begin > 0 && name.data[begin - 1] != '/')
            begin--;
        struct view region = region_in_component(view_slice(name, begin, end));
        if (!view_is_null(region) || begin == 0)
            return region;
        end = begin - 1;
    }
}
