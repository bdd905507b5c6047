/* test_frames.c - the top frames of stack traces of all runtimes. */
#include "alert/frames.h"

#include <criterion/criterion.h>
#include <stdio.h>

static void check(const char *stack, const char *expected)
{
    struct frame frames[FRAMES_MAX];
    size_t count = frames_find(view_of_string(stack), frames);
    char got[2048] = "";
    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(got);
        snprintf(got + used, sizeof(got) - used, "%.*s@%.*s|", (int)frames[i].function.size,
                 frames[i].function.data, (int)frames[i].file.size, frames[i].file.data);
    }
    cr_expect_str_eq(got, expected, "%s\n  gives    %s\n  expected %s", stack, got, expected);
}

Test(frames, of_node)
{
    check("TypeError: Cannot read properties of undefined (reading 'id')\n"
          "    at loadOrder (/var/task/orders.js:12:34)\n"
          "    at async Promise.all (index 0)\n"
          "    at async Object.handler [as run] (/var/task/index.js:5:1)\n"
          "    at new Client (file:///var/task/client.mjs:1:2)\n"
          "    at /var/task/plain.js:7:8\n"
          "    at call (/var/task/node_modules/got/index.js:9:9)\n"
          "    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)\n"
          "    at Runtime.handleOnce (/var/runtime/index.mjs:1:1)",
          "loadOrder@/var/task/orders.js|"
          "Object.handler [as run]@/var/task/index.js|"
          "Client@file:///var/task/client.mjs|@/var/task/plain.js|");
}

Test(frames, fall_back_to_all_when_none_is_the_applications)
{
    check("Error: x\n"
          "    at connect (node:net:1:2)\n"
          "    at call (/var/task/node_modules/pg/client.js:3:4)\n",
          "connect@node:net|call@/var/task/node_modules/pg/client.js|");
}

Test(frames, of_python_are_the_last_five)
{
    check("Traceback (most recent call last):\n"
          "  File \"/var/task/a.py\", line 1, in first\n    x()\n"
          "  File \"/var/task/b.py\", line 2, in second\n"
          "  File \"/var/task/b.py\", line 3, in third\n"
          "  File \"/var/lang/lib/python3.9/json/decoder.py\", line 355, in raw_decode\n"
          "  File \"/var/task/lib/site-packages/x.py\", line 3, in lib\n"
          "  File \"/var/task/b.py\", line 4, in fourth\n"
          "\xc2\xa0 File \"/var/task/b.py\", line 5, in fifth\n"
          "  File \"/var/task/b.py\", line 6, in sixth\n",
          "second@/var/task/b.py|third@/var/task/b.py|fourth@/var/task/b.py|"
          "fifth@/var/task/b.py|sixth@/var/task/b.py|");
}

Test(frames, of_java)
{
    check(
        "java.lang.IllegalStateException: bad\n"
        "\tat com.acme.Orders.load(Orders.java:12)\n"
        "\tat java.base/java.util.ArrayList.forEach(ArrayList.java:1511)\n"
        "\tat com.acme.Handler.lambda$run$0(Handler.java)\n"
        "\tat jdk.internal.reflect.NativeMethodAccessorImpl.invoke0(Native Method)\n"
        "\tat com.amazonaws.services.lambda.runtime.api.client.AWSLambda.main(AWSLambda.java:63)\n"
        "\t... 12 more",
        "com.acme.Orders.load@Orders.java|com.acme.Handler.lambda$run$0@Handler.java|");
    check("com.acme.A.b(A.java:1)\ncom.acme.C.d(Unknown Source)",
          "com.acme.A.b@A.java|com.acme.C.d@Unknown Source|");
}

Test(frames, of_dotnet)
{
    check("   at Acme.Orders.Load(String id, Int32 n) in /src/Orders.cs:line 12\n"
          "   at Acme.Handler.<Run>d__5.MoveNext() in C:\\src\\Handler.cs:line 30\n"
          "   at Acme.Plain.Call(String id)\n"
          "   at System.Threading.Tasks.Task.Wait()\n"
          "   at Amazon.Lambda.RuntimeSupport.Bootstrap.Run()",
          "Acme.Orders.Load@/src/Orders.cs|"
          "Acme.Handler.<Run>d__5.MoveNext@C:\\src\\Handler.cs|Acme.Plain.Call@|");
}

Test(frames, of_go)
{
    check("goroutine 1 [running]:\n"
          "main.handler(0xc000012345, 0x1)\n\t/app/main.go:12 +0x1d\n"
          "runtime.gopanic(0x1)\n\t/usr/local/go/src/runtime/panic.go:884 +0x212\n",
          "main.handler@/app/main.go|");
    check("[{\"path\":\"github.com/aws/aws-lambda-go@v1.41/lambda/errors.go\",\"line\":39,"
          "\"label\":\"lambdaPanicResponse\"},{\"path\":\"app/main.go\",\"line\":14,"
          "\"label\":\"handle\"},{\"path\":\"runtime/panic.go\",\"line\":1,\"label\":\"gopanic\"}]",
          "handle@app/main.go|");
}

Test(frames, of_ruby)
{
    check("/var/task/app.rb:12:in `load'\n"
          "/var/task/vendor/bundle/ruby/2.7.0/gems/pg-1.2/lib/pg.rb:1:in `exec'\n"
          "from /var/task/app.rb:3:in 'Handler.run'",
          "load@/var/task/app.rb|Handler.run@/var/task/app.rb|");
}

Test(frames, leave_out_recursion_and_stop_at_five)
{
    check("    at f (/a.js:1:1)\n    at f (/a.js:2:1)\n    at f (/a.js:1:1)\n    at g (/a.js:3:1)\n"
          "    at h (/a.js:4:1)\n    at i (/a.js:5:1)\n    at j (/a.js:6:1)\n    at k (/a.js:7:1)",
          "f@/a.js|g@/a.js|h@/a.js|i@/a.js|j@/a.js|");
}

Test(frames, none_in_other_text)
{
    static const char *const texts[] = {
        "",
        "[",
        "[{\"label\":",
        "[{\"label\":\"x\"}]",
        "at ",
        "at",
        "File \"",
        "File \"x",
        "File \"x\", line ",
        ":in ",
        ":1:in",
        "()",
        "(",
        ")",
        "at )",
        "at (",
        "x.go:",
        ".go:1",
        "Error: refused by host (db:5432)",
        "at noon",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct frame frames[FRAMES_MAX];
        size_t count = frames_find(view_of_string(texts[i]), frames);
        bool is_go = strcmp(texts[i], ".go:1") == 0;
        cr_expect_eq(count, is_go ? 1u : 0u, "%s", texts[i]);
    }
}
