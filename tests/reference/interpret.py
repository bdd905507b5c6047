"""From one log event to one row, by the interpretation rules alone.

interpret() gives a Result: the row as a dict of columns (absent: null), and
what the ledger and the alert count need to know of it.
"""

import decimal
import re

import jsontext
import lines

SEVERITY = {"TRACE": 1, "DEBUG": 5, "INFO": 9, "WARN": 13, "ERROR": 17, "FATAL": 21}
LEVEL_WORDS = {
    "WARNING": "WARN",
    "CRITICAL": "FATAL",
    "CRIT": "FATAL",
    "FAIL": "ERROR",
    "INFORMATION": "INFO",
    "DBUG": "DEBUG",
    "TRCE": "TRACE",
}
LEVEL_NUMBERS = {
    "10": "TRACE",
    "20": "DEBUG",
    "30": "INFO",
    "40": "WARN",
    "50": "ERROR",
    "60": "FATAL",
}
RUNTIME_WORDS = ("Invoke Error", "Uncaught Exception", "Unhandled Promise Rejection")
FOREIGN_KEYS = ("level", "type", "errorType")
PREFIX_BYTES_MAX = 256
JSON_SPACE = " \t\r\n"
REQUEST_KEYS = ("requestId", "AWSRequestId", "function_request_id")
TRACE_HEADERS = ("X-Amzn-Trace-Id",)
TRACE_KEYS = ("trace_id", "traceId", "xray_trace_id") + TRACE_HEADERS

_SYSTEM = re.compile(
    r"(?P<kind>START RequestId:|END RequestId:|REPORT RequestId:|INIT_START\b|INIT_REPORT\b"
    r"|RESTORE_START\b|RESTORE_REPORT\b|EXTENSION(?:\t|\\t)|LOGS(?:\t|\\t)|TELEMETRY(?:\t|\\t))"
)
_SYSTEM_KINDS = {
    "START RequestId:": "start",
    "END RequestId:": "end",
    "REPORT RequestId:": "report",
    "INIT_START": "init",
    "INIT_REPORT": "init",
    "RESTORE_START": "platform",
    "RESTORE_REPORT": "platform",
}
_TIMEOUT_WORDS = re.compile(r"Task timed out after \d+(?:\.\d+)? seconds")
_CRASH = re.compile(
    r"RequestId: (?P<id>[^ \t\r\n]+) (?P<what>(?:Error: |Process exited before completing"
    r" request).*)",
    re.S,
)
_OUT_OF_MEMORY = (
    "JavaScript heap out of memory",
    "java.lang.OutOfMemoryError",
    "fatal error: runtime: out of memory",
    "failed to allocate memory (NoMemoryError)",
)
# Copies may hold a backslash and a letter for a line end.
_FINAL_OF_SYSTEM = re.compile(r"(?:[\r\n]|\\n|\\r)+\Z")
_FIRST_LINE = re.compile(r"[ \t\r\n]*(.*?)(\r?\n|\r|\Z)(.*)", re.S)
_FIRST_OF_SYSTEM = re.compile(r"(.*?)(\r?\n|\r|\\n|\Z)(.*)", re.S)
_FRAME = re.compile(
    r"\s*at .*(?:\(.*\)|:\d+:\d+)|\s*File \".*\", line \d+|goroutine \d+ \[|\t.*\w\.go:\d+"
)


class Result:
    def __init__(self):
        self.row = {}
        self.is_ignored = False
        self.failure = None  # "timeout" or "crash"
        self.doubtful = False  # raw_message is wanted

    def set(self, column, value):
        if value is not None:
            self.row[column] = value


def trim_newlines(text):
    return text.rstrip("\r\n")


def normalise_level(text):
    word = text.strip(JSON_SPACE).upper() if text.isascii() else _ascii_upper(text)
    return LEVEL_WORDS.get(word, word)


def _ascii_upper(text):
    return re.sub("[a-z]+", lambda m: m.group().upper(), text.strip(JSON_SPACE))


def _set_level(result, level):
    result.set("level", level)
    result.set("severity_number", SEVERITY.get(level))


def _with_id(text, request_id):
    return f"{text} (RequestId: {request_id})" if request_id else text


def _scalar(node):
    """Text of a string, number or boolean; None for the rest."""
    if node is None or node.kind in ("null", "object", "array"):
        return None
    return node.value if node.kind == "string" else node.raw


def _request_id(node):
    text = _scalar(node) if node.kind in ("string", "number") else None
    return None if text in ("", "undefined") else text


def _trace_root(header):
    found = re.search(r"(?:^|;)[ \t\r\n]*Root=([^;]+)", header)
    return found.group(1).strip(JSON_SPACE) if found else None


def _json_column(node):
    """reason, promise: strings as they are, objects and arrays their JSON."""
    if node is None or node.kind == "null":
        return None
    return node.value if node.kind == "string" else node.raw


def _stack_text(node):
    if node is None or node.kind == "null":
        return None
    if node.kind == "array" and all(n.kind == "string" for n in node.value):
        return "\n".join(n.value for n in node.value)
    return _json_column(node)


class Payload:
    """The payload's keys, the data's keys, and which of them columns took."""

    def __init__(self, root):
        self.root = root
        self.payload = root.members()
        message = self.payload.get("message", (None, None))[1]
        self.is_nested = message is not None and message.kind == "object"
        self.data = message.members() if self.is_nested else self.payload
        self.taken_data = set()
        self.taken_payload = set()

    def get(self, key):
        return self.data.get(key, (None, None))[1]

    def sources(self):
        yield self.data, self.taken_data
        if self.is_nested:
            yield self.payload, self.taken_payload

    def first(self, keys, read):
        """The first readable value of keys in the data, then in the payload."""
        for source, taken in self.sources():
            for key in keys:
                value = read(source[key][1]) if key in source else None
                if value is not None:
                    taken.add(key)
                    return value
        return None

    def take(self, key, read):
        value = read(self.get(key)) if key in self.data else None
        if value is not None:
            self.taken_data.add(key)
        return value

    def attributes(self, prefix):
        entries = [(r, n) for k, (r, n) in self.data.items() if k not in self.taken_data]
        if self.is_nested:
            entries += [
                (r, n)
                for k, (r, n) in self.payload.items()
                if k not in self.taken_payload and k not in self.data and k != "message"
            ]
        parts = [f'"{raw}":{node.raw}' for raw, node in entries]
        if prefix is not None and "prefix" not in self.data and "prefix" not in self.payload:
            parts.append('"prefix":' + json_string(prefix))
        return "{" + ",".join(parts) + "}" if parts else None


def json_string(text):
    """As the program quotes: `"`, `\\`, controls, DEL, C1, U+2028 and U+2029."""
    out = ['"']
    short = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
    for char in text:
        if char in '"\\':
            out.append("\\" + char)
        elif char in short:
            out.append(short[char])
        elif ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 or char in "\u2028\u2029":
            out.append(f"\\u{ord(char):04x}")
        else:
            out.append(char)
    return "".join(out) + '"'


def _level_of(payload):
    def read(node):
        if node.kind == "string":
            return normalise_level(node.value) or None
        if node.kind == "number":
            return LEVEL_NUMBERS.get(node.raw, node.raw)
        return None

    return payload.first(("level", "log_level"), read)


def _stack_of(payload):
    for source, taken in payload.sources():
        for key in ("stack", "stackTrace"):
            text = _stack_text(source[key][1]) if key in source else None
            if text is not None:
                taken.add(key)
                return text
        error = source.get("error", (None, None))[1]
        if error is not None and error.kind == "object":
            members = error.members()
            text = _stack_text(members["stack"][1]) if "stack" in members else None
            if text is not None:
                return text
    return None


def _error_part(payload, key, inner):
    value = payload.take(key, _scalar)
    error = payload.get("error")
    if value is None and error is not None and error.kind == "object":
        members = error.members()
        value = _scalar(members[inner][1]) if inner in members else None
    return value


def _timestamp_of(payload, result):
    def read(node):
        if node.kind not in ("string", "number"):
            return None
        time = lines.parse_field_time(_scalar(node).strip(JSON_SPACE))
        if time is None:
            return None
        result.doubtful |= time[1]
        return time[0]

    return payload.first(("timestamp",), read)


def _trace_of(payload):
    """A tracing header gives its root and stays where it is: it says more."""
    for source, taken in payload.sources():
        for key in TRACE_KEYS:
            node = source.get(key, (None, None))[1]
            if node is None or node.kind not in ("string", "number"):
                continue
            text = _scalar(node)
            root = _trace_root(text)
            if root is not None:
                return root
            if text != "" and key not in TRACE_HEADERS:
                taken.add(key)
                return text
    return None


def _is_retry(root, ignore_codes):
    members = root.members()
    candidates = [members.get("code", (None, None))[1]]
    message = members.get("message", (None, None))[1]
    if message is not None and message.kind == "object":
        candidates.append(message.members().get("code", (None, None))[1])
    wanted = {code.lower() for code in ignore_codes}
    return any(
        c is not None and c.kind == "string" and c.value.lower() in wanted for c in candidates
    )


def _fill_payload(result, root, line, prefix):
    payload = Payload(root)
    level = _level_of(payload)
    message = payload.get("message")
    if message is not None and message.kind == "array":
        result.set("message", message.raw)
        payload.taken_data.add("message")
    else:
        result.set("message", payload.take("message", _scalar))
    result.set("title", payload.take("title", _scalar))
    result.set("code", payload.take("code", _scalar))
    result.set("error_type", _error_part(payload, "errorType", "name"))
    result.set("error_message", _error_part(payload, "errorMessage", "message"))
    result.set("stack", _stack_of(payload))
    result.set("reason", payload.first(("reason",), _json_column))
    result.set("promise", payload.first(("promise",), _json_column))
    result.set(
        "details", payload.take("details", lambda n: None if n.kind == "null" else n.raw)
    )
    if line.request_id is None:
        line.request_id = payload.first(REQUEST_KEYS, _request_id)
    if line.time is None or line.time[0] is None:
        line.time = (_timestamp_of(payload, result), line.time is not None)
    result.set("trace_id", _trace_of(payload))
    if level is None and line.level is not None:
        level = normalise_level(line.level)
    if level is None:
        has_error = "error_type" in result.row and "stack" in result.row
        level = "ERROR" if has_error else "INFO"
    _set_level(result, level)
    result.set("attributes", payload.attributes(prefix))
    aws = payload.payload.get("_aws", (None, None))[1]
    is_metric = (
        aws is not None and aws.kind == "object" and "CloudWatchMetrics" in aws.members()
    )
    result.set("kind", "metric" if is_metric else "log")


def _split_payload(line):
    """(prefix or None, payload text) where the body has the payload's form."""
    body = line.body.rstrip(JSON_SPACE)
    begin = body.find("{")
    if begin < 0 or not body.endswith("}"):
        return None
    words = body[:begin].strip(JSON_SPACE)
    if words and line.level is None:
        return None
    if len(words.encode()) > PREFIX_BYTES_MAX or "}" in words:
        return None
    if words in RUNTIME_WORDS or not words:
        words = None
    return words, body[begin:]


def _fill_text(result, line, kind):
    text = trim_newlines(line.text)
    result.set("kind", kind)
    result.set("message", text)
    if line.level is not None:
        level = normalise_level(line.level)
    else:
        further = re.split(r"[\r\n]", text)[1:]
        level = "ERROR" if any(_FRAME.match(f) for f in further) else "INFO"
    _set_level(result, level)


def _decimal_seconds(text):
    seconds = decimal.Decimal(text) / 1000
    return str(seconds.quantize(decimal.Decimal("0.01"), rounding=decimal.ROUND_HALF_UP))


def _bad_status(result, status, error_type, duration, request_id):
    if status in (None, "", "success"):
        _set_level(result, "INFO")
        return
    _set_level(result, "ERROR")
    if status == "timeout":
        result.failure = "timeout"
        words = "Task timed out"
        if duration is not None:
            words += f" after {_decimal_seconds(duration)} seconds"
        result.set("title", _with_id(words, request_id))
        return
    result.failure = "crash"
    result.set("title", error_type if error_type is not None else f"Status: {status}")


def _number(text, unit):
    found = re.fullmatch(r"(-?\d+(?:\.\d+)?) " + unit, text or "")
    return found.group(1) if found else None


def _whole(text):
    return None if text is None or "." in text else int(text)


def _real(text):
    return None if text is None else float(text)


def _system_text(result, text, found, line):
    result.set("message", _FINAL_OF_SYSTEM.sub("", text))
    text = text.replace("\\t", "\t").replace("\\n", "\n").replace("\\r", "\r")
    text = trim_newlines(text)
    kind = _SYSTEM_KINDS.get(found.group("kind"), "platform")
    result.set("kind", kind)
    fields = {}
    head = re.sub(r"^[A-Z_]+[ \t]+", "", text)
    for part in re.split(r"[\t\n]| {2,}", head):
        key, colon, value = part.partition(": ")
        if colon and key.strip() not in fields:
            fields[key.strip()] = value.strip()
    if line.request_id is None:
        line.request_id = fields.get("RequestId", "").split(" ")[0] or None
    duration = _number(fields.get("Duration"), "ms")
    init = _number(fields.get("Init Duration"), "ms")
    if kind == "report":
        result.set("duration_ms", _real(duration))
        result.set("billed_ms", _whole(_number(fields.get("Billed Duration"), "ms")))
        result.set("memory_mb", _whole(_number(fields.get("Memory Size"), "MB")))
        result.set("max_memory_mb", _whole(_number(fields.get("Max Memory Used"), "MB")))
        result.set("init_ms", _real(init))
    if kind == "init":
        result.set("init_ms", _real(init))
        duration = init
    result.set("trace_id", fields.get("XRAY TraceId"))
    result.set("error_type", fields.get("Error Type"))
    _bad_status(
        result, fields.get("Status"), fields.get("Error Type"), duration, line.request_id
    )


def _crash(result, first, rest, request_id):
    result.set("kind", "crash")
    _set_level(result, "ERROR")
    result.failure = "crash"
    result.set("title", _with_id(first, request_id))
    second = rest.split("\n")[0].strip() if rest else ""
    if re.fullmatch(r"Runtime\.\w+", second):
        result.set("error_type", second)


def _platform(result, text, root, line):
    members = root.members()
    name = members["type"][1].value[len("platform.") :]
    record = members["record"][1]
    kind = name if name in ("start", "end", "report") else "platform"
    if name.startswith("init"):
        kind = "init"
    result.set("message", trim_newlines(text))
    time = members.get("time", (None, None))[1]
    if (line.time is None or line.time[0] is None) and time is not None:
        result.doubtful |= line.time is not None
        line.time = lines.parse_field_time(time.value) if time.kind == "string" else None
    if name == "fault" and record.kind == "string":
        found = _CRASH.match(record.value)
        what = found.group("what") if found else record.value
        line.request_id = line.request_id or (found and found.group("id"))
        first, _, rest = _FIRST_LINE.match(what).groups()
        _crash(result, first.strip(JSON_SPACE), rest, line.request_id)
        return
    result.set("kind", kind)
    record = {k: n for k, (_, n) in record.members().items()} if record.kind == "object" else {}
    if line.request_id is None:
        line.request_id = _scalar(record.get("requestId"))
    metrics = record.get("metrics")
    metrics = metrics.members() if metrics is not None and metrics.kind == "object" else {}
    number = lambda key: metrics[key][1].raw if key in metrics else None
    if name == "report":
        result.set("duration_ms", _real(number("durationMs")))
        result.set("billed_ms", _whole(number("billedDurationMs")))
        result.set("memory_mb", _whole(number("memorySizeMB")))
        result.set("max_memory_mb", _whole(number("maxMemoryUsedMB")))
        result.set("init_ms", _real(number("initDurationMs")))
    if name == "initReport":
        result.set("init_ms", _real(number("durationMs")))
    tracing = record.get("tracing")
    if tracing is not None and tracing.kind == "object":
        value = _scalar(tracing.members().get("value", (None, None))[1]) or ""
        result.set("trace_id", _trace_root(value))
    error_type = _scalar(record.get("errorType"))
    result.set("error_type", error_type)
    _bad_status(
        result, _scalar(record.get("status")), error_type, number("durationMs"), line.request_id
    )


def _is_platform(root):
    if root.kind != "object":
        return False
    members = root.members()
    kind = members.get("type", (None, None))[1]
    return (
        kind is not None
        and kind.kind == "string"
        and kind.value.startswith("platform.")
        and "record" in members
    )


def _timeout(result, words, request_id):
    result.set("kind", "timeout")
    result.failure = "timeout"
    _set_level(result, "ERROR")
    result.set("title", _with_id(words, request_id))


def _out_of_memory(text):
    first = re.split(r"[\r\n]", text.lstrip(JSON_SPACE))[0]
    if any(sign in first for sign in _OUT_OF_MEMORY) or re.match(r"MemoryError(?!\w)", first):
        return first
    return None


def _fill_system(result, line, is_extracted_event):
    """Lambda's own lines: True if this is one."""
    words = _FINAL_OF_SYSTEM.sub("", line.text).strip(JSON_SPACE)
    is_lambdas = is_extracted_event or (line.is_spaced and line.request_id is not None)
    if is_lambdas and line.level is None and _TIMEOUT_WORDS.fullmatch(words):
        _timeout(result, words, line.request_id)
        return True
    if not line.is_bare:
        return False
    system = _SYSTEM.match(line.text)
    if system:
        _system_text(result, line.text, system, line)
        return True
    crash = _CRASH.match(line.text)
    if crash is None:
        return False
    line.request_id = line.request_id or crash.group("id")
    first, _, rest = _FIRST_OF_SYSTEM.match(crash.group("what")).groups()
    _crash(result, first.strip(JSON_SPACE), rest, line.request_id)
    result.set("message", _FINAL_OF_SYSTEM.sub("", line.text))
    return True


def _fill(result, line, is_extracted_event, is_foreign, ignore_codes):
    if _fill_system(result, line, is_extracted_event):
        return
    split = _split_payload(line)
    if split is None:
        first = _out_of_memory(line.text)
        if first is None:
            _fill_text(result, line, "text")
        else:
            _crash(result, first.strip(JSON_SPACE), "", line.request_id)
            result.set("message", trim_newlines(line.text))
        return
    prefix, payload_text = split
    try:
        root = jsontext.parse(payload_text)
    except ValueError:
        result.doubtful = True
        _fill_text(result, line, "log")
        result.set("attributes", '{"payload_error":"invalid JSON"}')
        return
    result.doubtful |= root.has_duplicate_keys()
    if _is_platform(root) and line.is_bare and line.level is None:
        _platform(result, line.text, root, line)
        return
    if is_foreign and not any(key in root.members() for key in FOREIGN_KEYS):
        _fill_text(result, line, "text")
        return
    if _is_retry(root, ignore_codes):
        result.is_ignored = True
        return
    _fill_payload(result, root, line, prefix)


def interpret(event, ignore_codes=("ForceRetryExecution",)):
    """event: message (str or None), extracted (dict or None), repaired (bool)."""
    result = Result()
    message = event["message"]
    extracted = event.get("extracted") or {}
    result.doubtful = event.get("repaired", False)
    body = message or ""
    copy = lines.COPY_PREFIX.match(body)
    if copy:
        body = body[copy.end() :]
        result.doubtful = extracted.get("event") is None or result.doubtful
    line = lines.take_apart(body)
    has_event = extracted.get("event") is not None
    if has_event:
        line = _extracted_line(extracted["event"], line, message)
        whole = trim_newlines(message) if message is not None else None
        if whole is not None and not whole.endswith(trim_newlines(extracted["event"])):
            result.doubtful = True
    request_id = extracted.get("request_id", "").strip(JSON_SPACE)
    if request_id not in ("", "undefined"):
        line.request_id = request_id
    time = lines.parse_field_time(extracted.get("timestamp", "").strip(JSON_SPACE))
    if time is not None:
        line.time = time
    if message is None and not has_event:
        result.set("kind", "text")
        _set_level(result, "INFO")
    else:
        _fill(result, line, has_event, event.get("is_foreign", False), ignore_codes)
    result.set("request_id", line.request_id)
    if line.time is not None:
        result.set("logged_at", line.time[0])
        result.doubtful |= line.time[1]
    if result.doubtful and message is not None:
        result.set("raw_message", message)
    return result


def _extracted_line(text, whole, message):
    """What the filter did not extract is in the message's line."""
    line = lines.take_level(text)
    line.time, line.request_id = whole.time, whole.request_id
    is_rest = trim_newlines(whole.text) == trim_newlines(line.text)
    if line.level is None and not whole.is_bare and is_rest:
        line.level = whole.level
    line.is_bare = message is not None and message.startswith(text)
    return line
