/* Build tool: manual man|bash|zsh
 *
 * Prints the manual page millrace(1), or what bash or zsh complete, from the
 * tables that the parser and --help go by: none of these can name an option
 * that is not there, or leave one out. */
#include "cli/option_table.h"

#include <stdio.h>
#include <string.h>

static bool takes(enum verb verb, const struct option_spec *o)
{
    return (o->verbs & BIT(verb)) != 0;
}

/* Whether the argument is a path: shells complete it then. */
static bool is_path(const struct option_spec *o)
{
    static const char *const names[] = {"OUT", "PLAN", "DIR", "FILE", "RULES", "OLD", "R"};
    for (size_t i = 0; o->argument != NULL && i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(o->argument, names[i]) == 0)
            return true;
    }
    return false;
}

/* ---- The manual page: man(7) ---- */

/* Text of which roff takes nothing for its own. */
static void put_roff(const char *text)
{
    for (bool begins = true; *text != '\0'; begins = *text++ == '\n') {
        if (begins && (*text == '.' || *text == '\''))
            printf("\\&");
        if (*text == '\\')
            printf("\\e");
        else if (*text == '-')
            printf("\\-");
        else
            putchar(*text);
    }
}

static void put_man_option(const struct option_spec *o)
{
    printf(".TP\n");
    if (o->letter != '\0')
        printf("\\fB\\-%c\\fR, ", o->letter);
    printf("\\fB\\-\\-");
    put_roff(o->name);
    printf("\\fR");
    if (o->argument != NULL) {
        printf(" \\fI");
        put_roff(o->argument);
        printf("\\fR");
    }
    putchar('\n');
    /* Lines of the table stand under each other in --help alone. */
    for (const char *at = o->help; *at != '\0'; at++) {
        char one[2] = {*at == '\n' ? ' ' : *at, '\0'};
        if (*at == ' ' && at > o->help && (at[-1] == ' ' || at[-1] == '\n'))
            continue;
        put_roff(one);
    }
    putchar('\n');
}

static void put_man_verb(enum verb verb)
{
    const struct verb_info *v = verb_info(verb);
    printf(".SS \"millrace %s ", v->name);
    put_roff(v->arguments);
    printf("\"\n");
    put_roff(v->details);
    printf("\n");
    for (size_t i = 0; i < option_table_count; i++) {
        if (takes(verb, &option_table[i]))
            put_man_option(&option_table[i]);
    }
}

static void put_man(void)
{
    printf(".TH MILLRACE 1 \"\" \"millrace " MILLRACE_VERSION "\" \"User Commands\"\n"
           ".SH NAME\nmillrace \\- archived CloudWatch Logs into an alert report and a Parquet "
           "dataset\n"
           ".SH SYNOPSIS\n");
    for (enum verb v = 0; v < VERB_COUNT; v++) {
        printf(".B millrace %s\n", verb_info(v)->name);
        put_roff(verb_info(v)->arguments);
        printf(" [options]\n.br\n");
    }
    printf(".SH COMMANDS\nEvery command takes \\fB\\-h\\fR, \\fB\\-\\-help\\fR: its options, which "
           "are "
           "those below.\n");
    for (enum verb v = 0; v < VERB_COUNT; v++)
        put_man_verb(v);
    static const char *const statuses[][2] = {
        {"0", "done"},
        {"1", "failed"},
        {"2", "wrong usage"},
        {"3", "done, but some input was quarantined"},
        {"4", "what --fail-on names was found"},
        {"5", "verify found a difference"},
        {"6", "another run holds OUT"},
        {"75", "try again: no space, input or output failed"},
        {"128+n", "stopped by signal n"},
    };
    printf(".SH EXIT STATUS\n");
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        printf(".TP\n.B %s\n", statuses[i][0]);
        put_roff(statuses[i][1]);
        putchar('\n');
    }
    printf(".SH ENVIRONMENT\n.TP\n.B MILLRACE_CPU\n"
           "Kernels to use in place of the best ones: scalar, neon, avx2, avx512.\n");
}

/* ---- bash ---- */

static void put_bash_words(enum verb verb, bool of_paths)
{
    for (size_t i = 0; i < option_table_count; i++) {
        const struct option_spec *o = &option_table[i];
        if (!takes(verb, o) || o->argument == NULL || is_path(o) != of_paths)
            continue;
        if (o->letter != '\0')
            printf("-%c ", o->letter);
        printf("--%s ", o->name);
    }
}

static void put_bash_verb(enum verb verb)
{
    printf("    %s)\n        options=\"", verb_info(verb)->name);
    for (size_t i = 0; i < option_table_count; i++) {
        if (takes(verb, &option_table[i]))
            printf("--%s ", option_table[i].name);
    }
    printf("--help\"\n        words=\" ");
    put_bash_words(verb, false);
    printf("\"\n        ;;\n");
}

static void put_bash(void)
{
    printf("# bash completion for millrace\n"
           "_millrace()\n{\n"
           "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} options "
           "words\n"
           "    COMPREPLY=()\n"
           "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
           "        mapfile -t COMPREPLY < <(compgen -W \"");
    for (enum verb v = 0; v < VERB_COUNT; v++)
        printf("%s ", verb_info(v)->name);
    printf("--help --version\" -- \"$word\")\n"
           "        return\n"
           "    fi\n"
           "    case ${COMP_WORDS[1]} in\n");
    for (enum verb v = 0; v < VERB_COUNT; v++)
        put_bash_verb(v);
    printf("    *) return ;;\n"
           "    esac\n"
           "    # A word that only the user knows.\n"
           "    [[ $words != *\" $before \"* ]] || return\n"
           "    case $word in\n"
           "    -*) mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$word\") ;;\n"
           "    *) mapfile -t COMPREPLY < <(compgen -f -- \"$word\") ;;\n"
           "    esac\n"
           "}\n"
           "complete -o filenames -F _millrace millrace\n");
}

/* ---- zsh ---- */

/* A quoted text within a specification of _arguments. */
static void put_zsh(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            printf("'\\''");
        else if (strchr("[]:\\", *text) != NULL)
            printf("\\%c", *text);
        else if (*text == '\n')
            putchar(' ');
        else if (*text != ' ' || text[1] != ' ')
            putchar(*text);
    }
}

static void put_zsh_option(const struct option_spec *o)
{
    const char *equals = o->argument != NULL ? "=" : "";
    printf(" \\\n            ");
    if (o->letter != '\0')
        printf("'(-%c --%s)'{-%c%s,--%s%s}'[", o->letter, o->name, o->letter,
               o->argument != NULL ? "+" : "", o->name, equals);
    else
        printf("'*--%s%s[", o->name, equals);
    put_zsh(o->help);
    printf("]");
    if (o->argument != NULL) {
        printf(":");
        put_zsh(o->argument);
        printf(":%s", is_path(o) ? "_files" : " ");
    }
    printf("'");
}

static void put_zsh_all(void)
{
    printf("#compdef millrace\n"
           "_millrace() {\n"
           "    local -a verbs\n"
           "    verbs=(");
    for (enum verb v = 0; v < VERB_COUNT; v++) {
        printf("\n        '%s:", verb_info(v)->name);
        put_zsh(verb_info(v)->summary);
        printf("'");
    }
    printf(")\n"
           "    if ((CURRENT == 2)); then\n"
           "        _describe command verbs\n"
           "        return\n"
           "    fi\n"
           "    local verb=$words[2]\n"
           "    shift words\n"
           "    ((CURRENT--))\n"
           "    case $verb in\n");
    for (enum verb v = 0; v < VERB_COUNT; v++) {
        printf("    %s)\n        _arguments -s", verb_info(v)->name);
        for (size_t i = 0; i < option_table_count; i++) {
            if (takes(v, &option_table[i]))
                put_zsh_option(&option_table[i]);
        }
        printf(
            " \\\n            '(-h --help)'{-h,--help}'[this text]' '*:path:_files'\n        ;;\n");
    }
    printf("    esac\n}\n_millrace \"$@\"\n");
}

int main(int argc, char **argv)
{
    const char *what = argc == 2 ? argv[1] : "";
    if (strcmp(what, "man") == 0) {
        put_man();
    } else if (strcmp(what, "bash") == 0) {
        put_bash();
    } else if (strcmp(what, "zsh") == 0) {
        put_zsh_all();
    } else {
        fprintf(stderr, "usage: manual man|bash|zsh\n");
        return 2;
    }
    return fflush(stdout) != 0;
}
