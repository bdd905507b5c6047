/* The lines of Lambda's runtimes: what is cut from the text and where it goes. */
#include "interpret_case.h"

#define STREAM "2023/01/05/[$LATEST]20bddfd5a2dc4c6b97ac02800eae90d0"
#define LOGGED "logged_at=2023-01-05T11:00:05.843Z\n"
#define REQUEST "request_id=" ID "\n"

Test(interpret_lines, nodejs)
{
    static const struct interpret_case cases[] = {
        {"console.error", TIME "\t" ID "\tERROR\tout of paper\n",
         LOGGED "kind=text\nlevel=ERROR 17\nmessage=out of paper\n" REQUEST},
        {"an id that is undefined", TIME "\tundefined\tINFO\tcold\n",
         LOGGED "kind=text\nlevel=INFO 9\nmessage=cold\n"},
        {"every level", TIME "\t" ID "\tTRACE\tx",
         LOGGED "kind=text\nlevel=TRACE 1\nmessage=x\n" REQUEST},
        {"DEBUG", TIME "\t" ID "\tDEBUG\tx",
         LOGGED "kind=text\nlevel=DEBUG 5\nmessage=x\n" REQUEST},
        {"WARN", TIME "\t" ID "\tWARN\tx", LOGGED "kind=text\nlevel=WARN 13\nmessage=x\n" REQUEST},
        {"WARNING", TIME "\t" ID "\tWARNING\tx",
         LOGGED "kind=text\nlevel=WARN 13\nmessage=x\n" REQUEST},
        {"FATAL", TIME "\t" ID "\tFATAL\tx",
         LOGGED "kind=text\nlevel=FATAL 21\nmessage=x\n" REQUEST},
        {"CRITICAL", TIME "\t" ID "\tCRITICAL\tx",
         LOGGED "kind=text\nlevel=FATAL 21\nmessage=x\n" REQUEST},
        {"an empty text", TIME "\t" ID "\tINFO\t\n",
         LOGGED "kind=text\nlevel=INFO 9\nmessage=\n" REQUEST},
        {"indentation belongs to the text", TIME "\t" ID "\tINFO\t\t  x\n",
         LOGGED "kind=text\nlevel=INFO 9\nmessage=\t  x\n" REQUEST},
        {"newlines inside come as carriage returns", TIME "\t" ID "\tINFO\ta\rb\r\n",
         LOGGED "kind=text\nlevel=INFO 9\nmessage=a\rb\n" REQUEST},
        {"Node.js 8 writes no level", TIME "\t" ID "\tHello World\n",
         LOGGED "kind=text\nlevel=INFO 9\nmessage=Hello World\n" REQUEST},
        {"a level word that is the text's counts after an id", TIME "\t" ID "\tERROR out of ink\n",
         LOGGED "kind=text\nlevel=ERROR 17\nmessage=out of ink\n" REQUEST},
        {"a level with a colon stays", TIME "\t" ID "\tERROR: out of ink\n",
         LOGGED "kind=text\nlevel=ERROR 17\nmessage=ERROR: out of ink\n" REQUEST},
        {"the engine's end is no level", TIME "\t" ID "\tFATAL ERROR: aborted\n",
         LOGGED "kind=text\nlevel=INFO 9\nmessage=FATAL ERROR: aborted\n" REQUEST},
        {"an id of another form stands between tabs", TIME "\treq-1\tINFO\tx\n",
         LOGGED "kind=text\nlevel=INFO 9\nmessage=x\nrequest_id=req-1\n"},
        {"copies have spaces for tabs", TIME "    " ID "    WARN    x y\n",
         LOGGED "kind=text\nlevel=WARN 13\nmessage=x y\n" REQUEST},
        {"one space each", TIME " " ID " WARN x y\n",
         LOGGED "kind=text\nlevel=WARN 13\nmessage=x y\n" REQUEST},
        {"a time and a level", TIME " ERROR x\n", LOGGED "kind=text\nlevel=ERROR 17\nmessage=x\n"},
        {"a time alone is not recognised", TIME " hello\n",
         "kind=text\nlevel=INFO 9\nmessage=" TIME " hello\n"},
        {"an id that is no UUID needs tabs", TIME " 6bc2813g-3fa1-45b4-b517-5ab0ce6649d0 ERROR x",
         "kind=text\nlevel=INFO 9\nmessage=" TIME
         " 6bc2813g-3fa1-45b4-b517-5ab0ce6649d0 ERROR x\n"},
        {"hyphens in other places", TIME " 6bc2813-73fa1-45b4-b517-5ab0ce6649d0 ERROR x",
         "kind=text\nlevel=INFO 9\nmessage=" TIME
         " 6bc2813-73fa1-45b4-b517-5ab0ce6649d0 ERROR x\n"},
        {"an id in upper case", TIME " 6BC28136-3FA1-45B4-B517-5AB0CE6649D0 ERROR x",
         LOGGED "kind=text\nlevel=ERROR 17\nmessage=x\n"
                "request_id=6BC28136-3FA1-45B4-B517-5AB0CE6649D0\n"},
        {"every hexadecimal digit", TIME " 01234567-89ab-cdef-ABCD-EFabcdefABCD ERROR x",
         LOGGED "kind=text\nlevel=ERROR 17\nmessage=x\n"
                "request_id=01234567-89ab-cdef-ABCD-EFabcdefABCD\n"},
        {"a word without a hyphen is no id", TIME "\tword\tINFO\tx",
         "kind=text\nlevel=INFO 9\nmessage=" TIME "\tword\tINFO\tx\n"},
        {"an id of another form between a tab and a space", TIME "\treq-1 INFO x",
         "kind=text\nlevel=INFO 9\nmessage=" TIME "\treq-1 INFO x\n"},
        {"a longer id", TIME " " ID "0 ERROR x",
         "kind=text\nlevel=INFO 9\nmessage=" TIME " " ID "0 ERROR x\n"},
        {"a literal tab is none", TIME "\\t" ID "\\tERROR\\tx\n",
         "kind=text\nlevel=INFO 9\nmessage=" TIME "\\t" ID "\\tERROR\\tx\n"},
    };
    CHECK_CASES(cases);
}

Test(interpret_lines, copies_have_the_stream_and_a_time_before_the_line)
{
    static const struct interpret_case cases[] = {
        {"the prefix fills no column",
         STREAM " 2024-02-02T00:00:00.000Z " TIME "\t" ID "\tERROR\tx\n",
         LOGGED "kind=text\nlevel=ERROR 17\nmessage=x\n" REQUEST "raw_message=" STREAM
                " 2024-02-02T00:00:00.000Z " TIME "\t" ID "\tERROR\tx\n\n"},
        {"a bare line", STREAM " " TIME " hello\n",
         "kind=text\nlevel=INFO 9\nmessage=hello\nraw_message=" STREAM " " TIME " hello\n\n"},
        {"a system line", STREAM "  2024-02-02T00:00:00Z  END RequestId: " ID,
         "kind=end\nlevel=INFO 9\nmessage=END RequestId: " ID "\n" REQUEST "raw_message=" STREAM
         "  2024-02-02T00:00:00Z  END RequestId: " ID "\n"},
        {"a numbered version", "2023/01/05/[17]20bddfd5a2dc4c6b97ac02800eae90d0 " TIME " x",
         "kind=text\nlevel=INFO 9\nmessage=x\nraw_message="
         "2023/01/05/[17]20bddfd5a2dc4c6b97ac02800eae90d0 " TIME " x\n"},
        {"a stream without a time is text", STREAM " hello",
         "kind=text\nlevel=INFO 9\nmessage=" STREAM " hello\n"},
        {"a stream and a time without a zone is text", STREAM " 2024-02-02T00:00:00 hello",
         "kind=text\nlevel=INFO 9\nmessage=" STREAM " 2024-02-02T00:00:00 hello\n"},
        {"a stream and a time with a space is text", STREAM " 2024-02-02 00:00:00Z hello",
         "kind=text\nlevel=INFO 9\nmessage=" STREAM " 2024-02-02 00:00:00Z hello\n"},
        {"a short instance is text", "2023/01/05/[17]20bddfd5a2dc4c6b97ac02800eae90d " TIME " x",
         "kind=text\nlevel=INFO 9\nmessage="
         "2023/01/05/[17]20bddfd5a2dc4c6b97ac02800eae90d " TIME " x\n"},
        {"another stream is text", "2023/01/05/stream " TIME " hello",
         "kind=text\nlevel=INFO 9\nmessage=2023/01/05/stream " TIME " hello\n"},
    };
    CHECK_CASES(cases);
}

Test(interpret_lines, python)
{
    static const struct interpret_case cases[] = {
        {"logging", "[WARNING]\t" TIME "\t" ID "\tlow on ink\n",
         LOGGED "kind=text\nlevel=WARN 13\nmessage=low on ink\n" REQUEST},
        {"milliseconds without leading zeros", "[INFO]\t2023-01-05T11:00:05.7Z\t" ID "\tx\n",
         "logged_at=2023-01-05T11:00:05.007Z\nkind=text\nlevel=INFO 9\nmessage=x\n" REQUEST},
        {"two digits", "[INFO]\t2023-01-05T11:00:05.43Z\t" ID "\tx\n",
         "logged_at=2023-01-05T11:00:05.043Z\nkind=text\nlevel=INFO 9\nmessage=x\n" REQUEST},
        {"elsewhere a fraction is one", "2023-01-05T11:00:05.7Z\t" ID "\tINFO\tx\n",
         "logged_at=2023-01-05T11:00:05.700Z\nkind=text\nlevel=INFO 9\nmessage=x\n" REQUEST},
        {"no id during init", "[INFO]\t" TIME "\t\tFound credentials\n",
         LOGGED "kind=text\nlevel=INFO 9\nmessage=Found credentials\n"},
        {"print", "bare text\n", "kind=text\nlevel=INFO 9\nmessage=bare text\n"},
        {"an error with no-break spaces",
         "[ERROR] TypeError: bad\rTraceback (most recent call last):\r\xc2\xa0\xc2\xa0"
         "File \"/var/task/a.py\", line 3, in f\r",
         "kind=text\nlevel=ERROR 17\nmessage=TypeError: bad\rTraceback (most recent call "
         "last):\r\xc2\xa0\xc2\xa0"
         "File \"/var/task/a.py\", line 3, in f\n"},
        {"a warning of the bootstrap", "LAMBDA_WARNING: Unhandled exception.\n",
         "kind=text\nlevel=WARN 13\nmessage=LAMBDA_WARNING: Unhandled exception.\n"},
    };
    CHECK_CASES(cases);
}

Test(interpret_lines, java)
{
    static const struct interpret_case cases[] = {
        {"a bracketed level", "[ERROR] out of paper\n",
         "kind=text\nlevel=ERROR 17\nmessage=out of paper\n"},
        {"a bracketed level and a tab", "[DEBUG]\tx\n", "kind=text\nlevel=DEBUG 5\nmessage=x\n"},
        {"the level in brackets wins over a word of the text", "[INFO] ERROR x\n",
         "kind=text\nlevel=INFO 9\nmessage=ERROR x\n"},
        {"other brackets are text", "[main] x\n", "kind=text\nlevel=INFO 9\nmessage=[main] x\n"},
        {"lower case brackets are text", "[error] x\n",
         "kind=text\nlevel=INFO 9\nmessage=[error] x\n"},
        {"brackets and no space are text", "[ERROR]x\n",
         "kind=text\nlevel=INFO 9\nmessage=[ERROR]x\n"},
        {"log4j2", "2023-01-05 11:00:05 " ID " INFO  Handler - done\n",
         "logged_at=2023-01-05T11:00:05.000Z\nkind=text\nlevel=INFO 9\nmessage=Handler - "
         "done\n" REQUEST "raw_message=2023-01-05 11:00:05 " ID " INFO  Handler - done\n\n"},
        {"a time with a space and no level is text", "2023-01-05 11:00:05 " ID " done",
         "kind=text\nlevel=INFO 9\nmessage=2023-01-05 11:00:05 " ID " done\n"},
        {"an error is told by its trace",
         "boom: java.lang.RuntimeException\n\tat a.B.c(B.java:7)\n",
         "kind=text\nlevel=ERROR 17\nmessage=boom: java.lang.RuntimeException\n\tat "
         "a.B.c(B.java:7)\n"},
    };
    CHECK_CASES(cases);
}

Test(interpret_lines, ruby)
{
    static const struct interpret_case cases[] = {
        {"a logger", "I, [2019-10-26T10:04:01.689856 #8]  INFO " ID " -- : done\n",
         "logged_at=2019-10-26T10:04:01.689Z\nkind=text\nlevel=INFO 9\nmessage=done\n" REQUEST
         "raw_message=I, [2019-10-26T10:04:01.689856 #8]  INFO " ID " -- : done\n\n"},
        {"without an id", "E, [2019-10-26T10:04:01.689856 #8] ERROR -- : done",
         "logged_at=2019-10-26T10:04:01.689Z\nkind=text\nlevel=ERROR 17\nmessage=done\n"
         "raw_message=E, [2019-10-26T10:04:01.689856 #8] ERROR -- : done\n"},
        {"a program's name stays", "W, [2019-10-26T10:04:01.689856 #8]  WARN " ID " -- app: done",
         "logged_at=2019-10-26T10:04:01.689Z\nkind=text\nlevel=WARN 13\nmessage=app: done\n" REQUEST
         "raw_message=W, [2019-10-26T10:04:01.689856 #8]  WARN " ID " -- app: done\n"},
        {"the letter must fit the level", "I, [2019-10-26T10:04:01.689856 #8] ERROR -- : done",
         "kind=text\nlevel=INFO 9\nmessage=I, [2019-10-26T10:04:01.689856 #8] ERROR -- : done\n"},
        {"no separator", "I, [2019-10-26T10:04:01.689856 #8]  INFO " ID " done",
         "kind=text\nlevel=INFO 9\nmessage=I, [2019-10-26T10:04:01.689856 #8]  INFO " ID " done\n"},
    };
    CHECK_CASES(cases);
}

Test(interpret_lines, dotnet)
{
#define DOTNET(token) TIME "\t" ID "\t" token "\tx\n"
#define DOTNET_ROW(level) LOGGED "kind=text\nlevel=" level "\nmessage=x\n" REQUEST
    static const struct interpret_case cases[] = {
        {"trce", DOTNET("trce"), DOTNET_ROW("TRACE 1")},
        {"dbug", DOTNET("dbug"), DOTNET_ROW("DEBUG 5")},
        {"info", DOTNET("info"), DOTNET_ROW("INFO 9")},
        {"warn", DOTNET("warn"), DOTNET_ROW("WARN 13")},
        {"fail", DOTNET("fail"), DOTNET_ROW("ERROR 17")},
        {"crit", DOTNET("crit"), DOTNET_ROW("FATAL 21")},
        {"not in a bare line", "fail\tx\n", "kind=text\nlevel=INFO 9\nmessage=fail\tx\n"},
        {"a word of the text", TIME "\t" ID "\tfail to see\n",
         LOGGED "kind=text\nlevel=INFO 9\nmessage=fail to see\n" REQUEST},
    };
    CHECK_CASES(cases);
}

Test(interpret_lines, go)
{
    static const struct interpret_case cases[] = {
        {"the log package", "2020/03/27 03:40:05 hello\n",
         "logged_at=2020-03-27T03:40:05.000Z\nkind=text\nlevel=INFO 9\nmessage=hello\n"
         "raw_message=2020/03/27 03:40:05 hello\n\n"},
        {"microseconds and a level", "2020/03/27 03:40:05.123999 ERROR hello",
         "logged_at=2020-03-27T03:40:05.123Z\nkind=text\nlevel=ERROR 17\nmessage=hello\n"
         "raw_message=2020/03/27 03:40:05.123999 ERROR hello\n"},
        {"an impossible date", "2020/02/30 03:40:05 hello",
         "kind=text\nlevel=INFO 9\nmessage=hello\nraw_message=2020/02/30 03:40:05 hello\n"},
        {"a panic", "panic: boom\n\ngoroutine 1 [running]:\nmain.main()\n",
         "kind=text\nlevel=ERROR 17\nmessage=panic: boom\n\ngoroutine 1 [running]:\nmain.main()\n"},
    };
    CHECK_CASES(cases);
}

Test(interpret_lines, powershell)
{
    static const struct interpret_case cases[] = {
        {"information", "[Information] - done\n", "kind=text\nlevel=INFO 9\nmessage=done\n"},
        {"warning", "[Warning] - done\n", "kind=text\nlevel=WARN 13\nmessage=done\n"},
        {"error", "[Error] - done\n", "kind=text\nlevel=ERROR 17\nmessage=done\n"},
        {"without the dash", "[Information] done\n", "kind=text\nlevel=INFO 9\nmessage=done\n"},
        {"the dash is PowerShell's alone", "[INFO] - done\n",
         "kind=text\nlevel=INFO 9\nmessage=- done\n"},
    };
    CHECK_CASES(cases);
}

Test(interpret_lines, in_a_bare_line_a_level_counts_and_stays)
{
    static const struct interpret_case cases[] = {
        {"a word", "ERROR out of ink\n", "kind=text\nlevel=ERROR 17\nmessage=ERROR out of ink\n"},
        {"a word and a tab", "WARN\tx\n", "kind=text\nlevel=WARN 13\nmessage=WARN\tx\n"},
        {"a word alone", "FATAL\n", "kind=text\nlevel=FATAL 21\nmessage=FATAL\n"},
        {"a colon", "WARNING: low\n", "kind=text\nlevel=WARN 13\nmessage=WARNING: low\n"},
        {"a longer word", "ERRORS found\n", "kind=text\nlevel=INFO 9\nmessage=ERRORS found\n"},
        {"lower case", "error found\n", "kind=text\nlevel=INFO 9\nmessage=error found\n"},
        {"not at the beginning", " ERROR x\n", "kind=text\nlevel=INFO 9\nmessage= ERROR x\n"},
        {"the engine's end", "FATAL ERROR: aborted\n",
         "kind=text\nlevel=INFO 9\nmessage=FATAL ERROR: aborted\n"},
    };
    CHECK_CASES(cases);
}

Test(interpret_lines, times_that_lose_something_keep_the_message)
{
    static const struct interpret_case cases[] = {
        {"finer than a millisecond", "2023-01-05T11:00:05.843999Z\t" ID "\tINFO\tx",
         LOGGED "kind=text\nlevel=INFO 9\nmessage=x\n" REQUEST
                "raw_message=2023-01-05T11:00:05.843999Z\t" ID "\tINFO\tx\n"},
        {"without a zone", "2023-01-05T11:00:05.843\t" ID "\tINFO\tx",
         LOGGED "kind=text\nlevel=INFO 9\nmessage=x\n" REQUEST
                "raw_message=2023-01-05T11:00:05.843\t" ID "\tINFO\tx\n"},
        {"impossible", "2023-02-29T11:00:05.843Z\t" ID "\tINFO\tx",
         "kind=text\nlevel=INFO 9\nmessage=x\n" REQUEST "raw_message=2023-02-29T11:00:05.843Z\t" ID
         "\tINFO\tx\n"},
        {"another zone says the same", "2023-01-05T13:00:05.843+02:00\t" ID "\tINFO\tx",
         LOGGED "kind=text\nlevel=INFO 9\nmessage=x\n" REQUEST},
    };
    CHECK_CASES(cases);
}

Test(interpret_lines, a_further_line_that_is_a_stack_frame_makes_an_error)
{
    static const struct interpret_case cases[] = {
        {"Node.js", "Error: x\n    at f (/var/task/a.js:1:2)",
         "kind=text\nlevel=ERROR 17\nmessage=Error: x\n    at f (/var/task/a.js:1:2)\n"},
        {"Node.js without a name", "Error: x\n    at /var/task/a.js:1:2",
         "kind=text\nlevel=ERROR 17\nmessage=Error: x\n    at /var/task/a.js:1:2\n"},
        {"after a carriage return", "Error: x\r    at f (/var/task/a.js:1:2)",
         "kind=text\nlevel=ERROR 17\nmessage=Error: x\r    at f (/var/task/a.js:1:2)\n"},
        {"Python", "x\n\xc2\xa0 File \"a.py\", line 12, in g",
         "kind=text\nlevel=ERROR 17\nmessage=x\n\xc2\xa0 File \"a.py\", line 12, in g\n"},
        {"Go", "x\n\t/var/task/main.go:17 +0x1",
         "kind=text\nlevel=ERROR 17\nmessage=x\n\t/var/task/main.go:17 +0x1\n"},
        {"goroutine", "x\ngoroutine 17 [running]:",
         "kind=text\nlevel=ERROR 17\nmessage=x\ngoroutine 17 [running]:\n"},
        {"on the first line it is none", "at f (a.js:1:2)\nx",
         "kind=text\nlevel=INFO 9\nmessage=at f (a.js:1:2)\nx\n"},
        {"at without a place", "x\nat noon", "kind=text\nlevel=INFO 9\nmessage=x\nat noon\n"},
        {"at with one number", "x\nat a:12", "kind=text\nlevel=INFO 9\nmessage=x\nat a:12\n"},
        {"a file without a line", "x\nFile \"a.py\" read",
         "kind=text\nlevel=INFO 9\nmessage=x\nFile \"a.py\" read\n"},
        {"Go without a tab", "x\nmain.go:17", "kind=text\nlevel=INFO 9\nmessage=x\nmain.go:17\n"},
        {"a goroutine without a number", "x\ngoroutine [",
         "kind=text\nlevel=INFO 9\nmessage=x\ngoroutine [\n"},
        {"a goroutine with two spaces", "x\ngoroutine  [",
         "kind=text\nlevel=INFO 9\nmessage=x\ngoroutine  [\n"},
        {"the line's level wins", "[WARN] x\n    at f (a.js:1:2)",
         "kind=text\nlevel=WARN 13\nmessage=x\n    at f (a.js:1:2)\n"},
    };
    CHECK_CASES(cases);
}
