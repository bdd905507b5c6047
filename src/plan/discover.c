#include "plan/discover.h"

#include "limits.h"
#include "plan/listing.h"
#include "util/array.h"
#include "util/buf.h"
#include "util/text.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAMES_BYTES_MAX ((size_t)8 << 30)

struct walk {
    const struct discover_options *options;
    struct discovery *to;
    uint32_t source;
    struct view prefix;  /* of names: "<last component>/", or "" for a lone file */
    struct buf relative; /* path below the root, of what is looked at */
};

static void skip(struct walk *w, struct view name, uint64_t *counter, const char *why)
{
    (*counter)++;
    if (w->options->on_skip != NULL)
        w->options->on_skip(w->options->context, name, why);
}

static bool is_hex(char byte)
{
    return byte_is_digit(byte) || ((byte | 32) >= 'a' && (byte | 32) <= 'f');
}

/* What the S3 clients write while a download is under way: botocore's
 * s3transfer appends a dot and eight hexadecimal digits. */
static bool is_temporary(struct view name)
{
    if (view_ends_with(name, VIEW(".partial")))
        return true;
    if (name.size < 10 || name.data[name.size - 9] != '.')
        return false;
    for (size_t i = name.size - 8; i < name.size; i++) {
        if (!is_hex(name.data[i]))
            return false;
    }
    return true;
}

static bool matches_any(const char *const *patterns, size_t count, const char *path)
{
    for (size_t i = 0; i < count; i++) {
        const char *base = strrchr(path, '/');
        if (fnmatch(patterns[i], path, 0) == 0 ||
            (base != NULL && strchr(patterns[i], '/') == NULL &&
             fnmatch(patterns[i], base + 1, 0) == 0))
            return true;
    }
    return false;
}

static bool is_excluded(const struct discover_options *o, const char *relative)
{
    if (o->include_count > 0 && !matches_any(o->include, o->include_count, relative))
        return true;
    return matches_any(o->exclude, o->exclude_count, relative);
}

/* The name as it appears in outputs: bytes that are not UTF-8 as %XX, and then
 * `%` itself as %25, so that two paths never share a name. */
static struct view name_of(struct walk *w, struct view relative)
{
    bool is_valid = true;
    for (size_t at = 0; at < relative.size && is_valid;) {
        unsigned length = utf8_length(relative, at);
        is_valid = length > 0;
        at += length;
    }
    struct buf name = {0};
    buf_append_view(&name, w->prefix);
    for (size_t at = 0; at < relative.size;) {
        unsigned length = utf8_length(relative, at);
        bool is_escaped = length == 0 || (!is_valid && relative.data[at] == '%');
        if (is_escaped)
            buf_printf(&name, "%%%02X", (unsigned char)relative.data[at]);
        else
            buf_append(&name, relative.data + at, length);
        at += length > 0 ? length : 1;
    }
    buf_append_byte(&name, '\0');
    struct view copy = VIEW_NULL;
    if (!buf_failed(&name)) {
        copy = arena_copy(&w->to->names, buf_view(&name));
        copy.size -= copy.data != NULL;
    }
    buf_done(&name);
    return copy;
}

#define HOUR_MS INT64_C(3600000)

static bool is_out_of_range(const struct discover_options *o, const struct object *object)
{
    if (object->hour == OBJECT_NO_HOUR)
        return false;
    int64_t ms = object->hour * HOUR_MS;
    return (o->has_since && ms < o->since_ms - HOUR_MS) ||
           (o->has_until && ms > o->until_ms + o->late_ms);
}

enum rc discovery_add(struct discovery *d, const struct discover_options *options,
                      const struct object *object, struct err *err)
{
    struct object o = *object;
    int64_t ms;
    o.hour = key_hour(o.name, &ms) ? (int32_t)(ms / HOUR_MS) : OBJECT_NO_HOUR;
    o.is_pruned = is_out_of_range(options, &o);
    if (!ARRAY_HAS_ROOM(d->objects, d->count, d->capacity, 256))
        return err_set(err, RC_NO_MEMORY, "no memory for the list of objects");
    if (o.size > PLAN_BYTES_MAX - d->bytes)
        return err_set(err, RC_USAGE,
                       "%.*s: with its %" PRIu64 " bytes the objects are more than %" PRIu64
                       " bytes; read them in parts, each into an OUT of its own",
                       (int)o.name.size, o.name.data, o.size, (uint64_t)PLAN_BYTES_MAX);
    if (o.is_pruned) {
        d->pruned_bytes += o.size;
        d->pruned_count++;
        if (options->on_skip != NULL)
            options->on_skip(options->context, o.name, "outside --since/--until");
    }
    d->bytes += o.size;
    d->objects[d->count++] = o;
    return RC_OK;
}

/* What a look at an entry, or a listing, tells of it. */
struct seen {
    bool is_regular;
    uint64_t size;
    int64_t mtime_ns;
    enum mtime_form mtime_form;
};

static enum rc add_object(struct walk *w, const struct seen *seen, struct err *err)
{
    struct discovery *d = w->to;
    struct object o = {.source = w->source,
                       .size = seen->size,
                       .mtime_ns = seen->mtime_ns,
                       .mtime_form = seen->mtime_form};
    struct view relative = buf_view(&w->relative);
    o.name = name_of(w, relative);
    if (view_is_null(o.name))
        return err_set(err, RC_NO_MEMORY, "no memory for the names of objects");
    if (view_ends_with(o.name, relative) && o.name.size == w->prefix.size + relative.size) {
        o.relative = o.name.data + w->prefix.size;
    } else {
        /* Its NUL goes with it. */
        struct view copy = arena_copy(&d->names, view_of(relative.data, relative.size + 1));
        if (view_is_null(copy))
            return err_set(err, RC_NO_MEMORY, "no memory for the names of objects");
        o.relative = copy.data;
    }
    return discovery_add(d, w->options, &o, err);
}

/* Looks at one entry that is no folder. relative.data is NUL-terminated. */
static enum rc consider(struct walk *w, const struct seen *seen, struct err *err)
{
    struct view relative = buf_view(&w->relative);
    struct discover_skips *skips = &w->to->skips;
    if (!seen->is_regular)
        skip(w, relative, &skips->not_regular, "not a regular file");
    else if (is_temporary(relative))
        skip(w, relative, &skips->temporary, "temporary");
    else if (seen->size == 0)
        skip(w, relative, &skips->empty, "empty");
    else if (is_excluded(w->options, w->relative.data))
        skip(w, relative, &skips->excluded, "excluded");
    else if (w->options->settled_ns != 0 && seen->mtime_ns > w->options->settled_ns)
        skip(w, relative, &skips->unsettled, "may still be written");
    else
        return add_object(w, seen, err);
    return RC_OK;
}

static struct seen seen_of(const struct stat *st)
{
    return (struct seen){
        .is_regular = S_ISREG(st->st_mode),
        .size = (uint64_t)st->st_size,
        .mtime_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec,
        .mtime_form = MTIME_NANOSECONDS,
    };
}

static bool set_relative(struct buf *relative, size_t keep, const char *name)
{
    relative->size = keep;
    if (keep > 0)
        buf_append_byte(relative, '/');
    buf_append(relative, name, strlen(name) + 1);
    relative->size -= !buf_failed(relative);
    return !buf_failed(relative);
}

/* Folders still to read, as paths below the root: a heap list rather than
 * recursion, so that no depth of folders overflows the stack. */
struct folder_list {
    char **paths;
    size_t count;
    size_t capacity;
};

static bool folder_push(struct folder_list *l, const char *path)
{
    if (!ARRAY_HAS_ROOM(l->paths, l->count, l->capacity, 64))
        return false;
    l->paths[l->count] = strdup(path);
    return l->paths[l->count] != NULL && ++l->count;
}

static void folder_list_done(struct folder_list *l)
{
    while (l->count > 0)
        free(l->paths[--l->count]);
    free(l->paths);
}

static enum rc read_folder(struct walk *w, DIR *folder, struct folder_list *todo, struct err *err)
{
    size_t keep = w->relative.size;
    for (;;) {
        errno = 0;
        struct dirent *entry = readdir(folder);
        if (entry == NULL && errno != 0)
            return err_errno(err, "%s/%.*s: cannot list the folder", w->to->roots[w->source],
                             (int)keep, w->relative.data ? w->relative.data : "");
        if (entry == NULL)
            return RC_OK;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (!set_relative(&w->relative, keep, entry->d_name))
            return err_set(err, RC_NO_MEMORY, "no memory for a path");
        struct stat st;
        if (fstatat(dirfd(folder), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
            if (errno == ENOENT)
                continue; /* a staging tool renamed it meanwhile */
            return err_errno(err, "%s/%s: cannot look at it", w->to->roots[w->source],
                             w->relative.data);
        }
        struct seen seen = seen_of(&st);
        if (!S_ISDIR(st.st_mode))
            TRY(consider(w, &seen, err));
        else if (!folder_push(todo, w->relative.data))
            return err_set(err, RC_NO_MEMORY, "no memory for the list of folders");
    }
}

static enum rc open_and_read(struct walk *w, const char *relative, struct folder_list *todo,
                             struct err *err)
{
    char path[PATH_MAX];
    const char *root = w->to->roots[w->source];
    int used = snprintf(path, sizeof(path), "%s%s%s", root, relative[0] ? "/" : "", relative);
    if (used < 0 || (size_t)used >= sizeof(path))
        return err_set(err, RC_FAILED, "%s/%s: the path is too long", root, relative);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (relative[0] ? O_NOFOLLOW : 0));
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    if (folder == NULL) {
        enum rc rc = err_errno(err, "%s: cannot open the folder", path);
        if (fd >= 0)
            close(fd);
        return rc;
    }
    w->relative.size = 0;
    enum rc rc = RC_OK;
    if (relative[0] != '\0' && !set_relative(&w->relative, 0, relative))
        rc = err_set(err, RC_NO_MEMORY, "no memory for a path");
    if (rc == RC_OK)
        rc = read_folder(w, folder, todo, err);
    closedir(folder);
    return rc;
}

static enum rc walk_tree(struct walk *w, struct err *err)
{
    struct folder_list todo = {0};
    enum rc rc = open_and_read(w, "", &todo, err);
    while (rc == RC_OK && todo.count > 0) {
        char *next = todo.paths[--todo.count];
        rc = open_and_read(w, next, &todo, err);
        free(next);
    }
    folder_list_done(&todo);
    return rc;
}

/* One path of a list without sizes. */
static enum rc consider_path(struct walk *w, const char *relative, struct err *err)
{
    char path[PATH_MAX];
    struct stat st;
    int used = snprintf(path, sizeof(path), "%s/%s", w->to->roots[w->source], relative);
    bool is_there = used < (int)sizeof(path) && lstat(path, &st) == 0;
    if (!is_there && (used >= (int)sizeof(path) || errno == ENOENT || errno == ENOTDIR))
        return err_set(err, RC_USAGE, "%s: named by --files-from, but not there", path);
    if (!is_there)
        return err_errno(err, "%s: cannot look at it", path);
    struct seen seen = seen_of(&st);
    return consider(w, &seen, err);
}

static enum rc on_listed(void *context, const struct listed *listed, struct err *err)
{
    struct walk *w = context;
    buf_clear(&w->relative);
    buf_append_view(&w->relative, listed->path);
    buf_append_byte(&w->relative, '\0');
    if (buf_failed(&w->relative))
        return err_set(err, RC_NO_MEMORY, "no memory for a path");
    w->relative.size--;
    struct seen seen = {true, listed->size, listed->mtime_ns, listed->mtime_form};
    return listed->has_size ? consider(w, &seen, err) : consider_path(w, w->relative.data, err);
}

static enum rc walk_files_from(struct walk *w, struct err *err)
{
    const char *path = w->options->files_from;
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_errno_named(err, "%s: cannot read --files-from", path);
    enum rc rc = listing_read(fd, path, on_listed, w, err);
    if (!is_stdin)
        close(fd);
    return rc;
}

/* Splits a lone file's real path into its folder and its name. */
static enum rc walk_file(struct walk *w, char *root, const struct stat *st, struct err *err)
{
    char *slash = strrchr(root, '/');
    assert(slash != NULL);
    if (!set_relative(&w->relative, 0, slash + 1))
        return err_set(err, RC_NO_MEMORY, "no memory for a path");
    *slash = '\0';
    w->prefix = VIEW("");
    struct seen seen = seen_of(st);
    return consider(w, &seen, err);
}

static enum rc prefix_of_root(struct walk *w, const char *root, struct err *err)
{
    const char *base = strrchr(root, '/');
    struct walk bare = {.to = w->to, .prefix = VIEW("")};
    struct view last = name_of(&bare, view_of_string(base ? base + 1 : root));
    struct buf prefix = {0};
    buf_append_view(&prefix, last);
    if (last.size > 0)
        buf_append_byte(&prefix, '/');
    w->prefix = buf_failed(&prefix) ? VIEW_NULL : arena_copy(&w->to->names, buf_view(&prefix));
    buf_done(&prefix);
    if (view_is_null(last) || view_is_null(w->prefix))
        return err_set(err, RC_NO_MEMORY, "no memory for the names of objects");
    return RC_OK;
}

static enum rc walk_source(struct walk *w, const char *source, struct err *err)
{
    struct stat st;
    char *root = realpath(source, NULL);
    if (root == NULL || stat(root, &st) != 0) {
        int number = errno;
        free(root);
        errno = number;
        return err_errno_named(err, "%s: cannot read the source", source);
    }
    w->to->roots[w->source] = root;
    w->to->roots_count = w->source + 1;
    if (w->options->files_from != NULL && !S_ISDIR(st.st_mode))
        return err_set(err, RC_USAGE, "%s: --files-from wants a folder as its one source", source);
    if (S_ISREG(st.st_mode))
        return walk_file(w, root, &st, err);
    if (!S_ISDIR(st.st_mode))
        return err_set(err, RC_USAGE, "%s: neither a file nor a folder", source);
    w->to->is_walked[w->source] = true;
    TRY(prefix_of_root(w, root, err));
    return w->options->files_from != NULL ? walk_files_from(w, err) : walk_tree(w, err);
}

static int by_day_and_name(const void *a, const void *b)
{
    const struct object *x = a, *y = b;
    int32_t day = object_day_number(x), other = object_day_number(y);
    return day != other ? (day < other ? -1 : 1) : view_compare(x->name, y->name);
}

/* Listings of a bucket mostly come so: ten million need no sorting then. */
static bool is_in_order(const struct discovery *d)
{
    for (size_t i = 1; i < d->count; i++) {
        if (by_day_and_name(&d->objects[i - 1], &d->objects[i]) > 0)
            return false;
    }
    return true;
}

/* The same name always gives the same day, so equal names are neighbours. */
static enum rc refuse_equal_names(const struct discovery *d, struct err *err)
{
    for (size_t i = 1; i < d->count; i++) {
        const struct object *a = &d->objects[i - 1], *b = &d->objects[i];
        if (view_equals(a->name, b->name))
            return err_set(err, RC_USAGE,
                           "two objects are named %.*s: one in %s, one in %s; give the folder "
                           "that holds both as the source",
                           (int)a->name.size, a->name.data, d->roots[a->source],
                           d->roots[b->source]);
    }
    return RC_OK;
}

/* A source's folder, in the order of paths with a slash at their end: what lies
 * below a folder then follows it directly. */
struct root {
    const char *path;
    bool is_walked; /* else only one file in it is a source */
};

static int compare_roots(const void *a, const void *b)
{
    const struct root *x = a, *y = b;
    size_t i = 0;
    while (x->path[i] != '\0' && x->path[i] == y->path[i])
        i++;
    unsigned char of_x = x->path[i] != '\0' ? (unsigned char)x->path[i] : '/';
    unsigned char of_y = y->path[i] != '\0' ? (unsigned char)y->path[i] : '/';
    if (of_x != of_y)
        return of_x < of_y ? -1 : 1;
    if (x->path[i] != y->path[i])
        return x->path[i] == '\0' ? -1 : 1;
    return (int)y->is_walked - (int)x->is_walked;
}

static bool is_below(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 &&
           (path[length] == '\0' || path[length] == '/' || strcmp(folder, "/") == 0);
}

static enum rc refuse_sorted_overlap(const struct root *roots, size_t count, struct err *err)
{
    const struct root *around = NULL; /* the last folder that was walked */
    for (size_t i = 0; i < count; i++) {
        const struct root *r = &roots[i];
        if (around == NULL || !is_below(r->path, around->path)) {
            around = r->is_walked ? r : around;
            continue;
        }
        if (!r->is_walked)
            return err_set(err, RC_USAGE,
                           "%s: is a source, and so is a file in it or below it, which would be "
                           "read twice; leave one of them out",
                           around->path);
        if (strcmp(r->path, around->path) == 0)
            return err_set(err, RC_USAGE, "%s: is given twice as a source; name it once", r->path);
        return err_set(err, RC_USAGE,
                       "%s: lies in %s, which is a source too: its objects would be read twice; "
                       "leave one of them out",
                       r->path, around->path);
    }
    return RC_OK;
}

/* One file below two sources has two names: nothing else would tell that its
 * events are counted twice. */
static enum rc refuse_overlap(const struct discovery *d, struct err *err)
{
    struct root *roots = calloc(d->roots_count + 1, sizeof(*roots));
    if (roots == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory for the list of sources");
    for (size_t i = 0; i < d->roots_count; i++)
        roots[i] = (struct root){d->roots[i], d->is_walked[i]};
    qsort(roots, d->roots_count, sizeof(*roots), compare_roots);
    enum rc rc = refuse_sorted_overlap(roots, d->roots_count, err);
    free(roots);
    return rc;
}

static enum rc walk_sources(const struct discover_options *options, struct discovery *d,
                            struct err *err)
{
    struct walk w = {.options = options, .to = d};
    enum rc rc = RC_OK;
    for (size_t i = 0; i < options->sources_count && rc == RC_OK; i++) {
        w.source = (uint32_t)i;
        w.relative.size = 0;
        rc = walk_source(&w, options->sources[i], err);
    }
    buf_done(&w.relative);
    TRY(rc);
    TRY(refuse_overlap(d, err));
    if (!is_in_order(d))
        qsort(d->objects, d->count, sizeof(*d->objects), by_day_and_name);
    return refuse_equal_names(d, err);
}

enum rc discover(const struct discover_options *options, struct discovery *ret, struct err *err)
{
    if (options->files_from != NULL && options->sources_count != 1)
        return err_set(err, RC_USAGE, "--files-from wants one source: the folder of its paths");
    struct discovery d = {0};
    arena_init(&d.names, NAMES_BYTES_MAX);
    d.roots = calloc(options->sources_count + 1, sizeof(*d.roots));
    d.is_walked = calloc(options->sources_count + 1, sizeof(*d.is_walked));
    enum rc rc = d.roots == NULL || d.is_walked == NULL
                     ? err_set(err, RC_NO_MEMORY, "no memory for the list of sources")
                     : walk_sources(options, &d, err);
    if (rc != RC_OK) {
        discovery_done(&d);
        return rc;
    }
    *ret = d;
    return RC_OK;
}

void discovery_done(struct discovery *d)
{
    for (size_t i = 0; i < d->roots_count; i++)
        free(d->roots[i]); /* NOLINT(*.NullDereference): counted when there are some */
    free(d->roots);
    free(d->is_walked);
    free(d->objects);
    arena_done(&d->names);
    *d = (struct discovery){0};
}

void discovery_filter(struct discovery *d, discovery_keep_fn *keep, void *context)
{
    size_t kept = 0;
    for (size_t i = 0; i < d->count; i++) {
        const struct object *o = &d->objects[i];
        if (keep(context, o)) {
            d->objects[kept++] = *o;
            continue;
        }
        d->bytes -= o->size;
        d->pruned_bytes -= o->is_pruned ? o->size : 0;
        d->pruned_count -= o->is_pruned;
    }
    d->count = kept;
}

static int by_name_of(const void *a, const void *b)
{
    const struct object *const *x = a, *const *y = b;
    return view_compare((*x)->name, (*y)->name);
}

uint32_t *discovery_name_ranks(const struct discovery *d)
{
    assert(d->count < UINT32_MAX);
    uint32_t *ranks = calloc(d->count + 1, sizeof(*ranks));
    const struct object **sorted = calloc(d->count + 1, sizeof(const struct object *));
    if (ranks == NULL || sorted == NULL) {
        free(ranks);
        free(sorted);
        return NULL;
    }
    for (size_t i = 0; i < d->count; i++)
        sorted[i] = &d->objects[i];
    qsort(sorted, d->count, sizeof(*sorted), by_name_of);
    for (size_t i = 0; i < d->count; i++)
        ranks[sorted[i] - d->objects] = (uint32_t)i;
    free(sorted);
    return ranks;
}

bool object_path(const struct discovery *d, const struct object *o, char *to, size_t capacity)
{
    int used = snprintf(to, capacity, "%s/%s", d->roots[o->source], o->relative);
    return used >= 0 && (size_t)used < capacity;
}

int32_t object_day_number(const struct object *o)
{
    return o->hour == OBJECT_NO_HOUR ? -1 : o->hour / 24;
}

void object_day(const struct object *o, char ret[11])
{
    ret[0] = '\0';
    if (o->hour != OBJECT_NO_HOUR)
        text_day(ret, o->hour * HOUR_MS);
}
