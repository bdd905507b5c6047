"""What stands before the text of a log line: time, request id, level.

Times are (milliseconds or None, doubtful): doubtful where the text says more
or less than milliseconds of UTC, or names an impossible date.
"""

import datetime
import re

LEVELS = "WARNING|WARN|TRACE|DEBUG|INFO|ERROR|FATAL|CRITICAL"
TITLE_CASE = "Information|Warning|Error|Debug|Trace|Critical"
UUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
LOOSE_ID = r"(?=\S*-)\S{1,128}"

_TIME = re.compile(
    r"(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:?\d\d)?"
)
_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ])\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?")
_GO = re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?")
_GAP = re.compile(r"\t| *")
_SURE_ID = re.compile(rf"(?:{UUID}|undefined)(?=[ \t\r\n]|$)")
_TABBED_ID = re.compile(rf"{LOOSE_ID}(?=\t)")
_TIMEOUT_ID = re.compile(rf"{LOOSE_ID}(?=(?:\t| +)Task timed out after )")
_WORD = re.compile(rf"({LEVELS})(?=[ \t\r\n]|$)")
_WORD_WITH_COLON = re.compile(rf"({LEVELS}):")
_BRACKET = re.compile(rf"\[({LEVELS}|{TITLE_CASE})\](?=[ \t\r\n]|$)")
_TOKEN = re.compile(r"(trce|dbug|info|warn|fail|crit)(?=\t|  |$)")
_RUBY = re.compile(
    rf"([DIWEF]), \[({_ISO.pattern.replace('([T ])', '[T ]')}) #\d*\](?:\t| *)({LEVELS})"
    r"(?=[ \t\r\n]|$)"
)
COPY_PREFIX = re.compile(
    r"\d{4}/\d\d/\d\d/\[[^\]]{0,64}\][0-9a-fA-F]{32}(?:\t| +)"
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)(?:\t| +)"
)


class Line:
    """text: what is left of the line; body: what follows its level."""

    def __init__(self, text):
        self.text = self.body = text
        self.time = None
        self.request_id = None
        self.level = None
        self.is_bare = True  # nothing was cut
        self.is_spaced = False  # time and id with spaces: Lambda's timeouts look so

    def cut(self, at):
        self.text = self.body = self.text[at:]
        self.is_bare = False

    def take_level(self, at, mark):
        """mark: (level, size, stays) of what stands at `at`."""
        if mark is None:
            return False
        self.level, size, stays = mark
        self.body = self.text[skip_gap(self.text, at + size) :]
        self.text = self.text[at:] if stays else self.body
        return True


def skip_gap(text, at):
    return _GAP.match(text, at).end()


def parse_time(text, whole_fraction=False):
    """(ms or None, doubtful); None where the text is no time at all.

    whole_fraction: `.5` is 5 ms, as old Python runtimes wrote.
    """
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(found.group(i)) for i in range(1, 7))
    fraction, zone = found.group(7) or "", found.group(8)
    doubtful = zone is None or len(fraction) > 3
    ms = int((fraction + "000")[:3])
    if whole_fraction and 0 < len(fraction) < 3:
        ms = int(fraction)
    try:
        when = datetime.datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None, True
    total = (when - datetime.datetime(1970, 1, 1)) // datetime.timedelta(seconds=1)
    if zone not in (None, "Z"):
        digits = zone[1:].replace(":", "")
        offset = int(digits[:2]) * 3600 + int(digits[2:]) * 60
        total -= offset if zone[0] == "+" else -offset
    return total * 1000 + ms, doubtful


def parse_field_time(text):
    """A time that is a field's whole value: also epoch milliseconds."""
    if re.fullmatch(r"-?\d{12,14}", text) and 12 <= len(text) <= 14:
        return int(text), False
    return parse_time(text)


def _word(text):
    if text.startswith("LAMBDA_WARNING:"):
        return "WARN", len("LAMBDA_WARNING:"), True
    if text.startswith("FATAL ERROR:"):
        return None
    found = _WORD.match(text)
    if found:
        return found.group(1), found.end(), False
    found = _WORD_WITH_COLON.match(text)
    return (found.group(1), found.end(), True) if found else None


def _mark(text, tokens_allowed):
    mark = _word(text)
    if mark is not None:
        return mark
    found = _BRACKET.match(text)
    if found:
        dash = found.group(1) in TITLE_CASE.split("|") and text.startswith(" - ", found.end())
        return found.group(1), found.end() + 2 * dash, False
    found = _TOKEN.match(text) if tokens_allowed else None
    return (found.group(1), found.end(), False) if found else None


def _take_id(line, at):
    """Where the rest begins behind an id at `at`; `at` itself without one."""
    text = line.text
    if text[at - 1 : at + 1] == "\t\t":
        return at + 1
    found = _SURE_ID.match(text, at)
    if found is None and text[at - 1 : at] == "\t":
        found = _TABBED_ID.match(text, at)
    found = found or _TIMEOUT_ID.match(text, at)
    if found is None:
        return at
    if found.group() != "undefined":
        line.request_id = found.group()
    return skip_gap(text, found.end())


def _take_timed(line):
    """Node.js, .NET, log4j2, Lambda's timeouts: a time, an id, perhaps a level."""
    found = _ISO.match(line.text)
    if found is None:
        return False
    begin = skip_gap(line.text, found.end())
    if begin == found.end():
        return False
    at = _take_id(line, begin)
    mark = _mark(line.text[at:], at != begin)
    if mark is None and (at == begin or found.group(1) == " "):
        line.request_id = None
        return False
    line.time = parse_time(found.group())
    line.is_spaced = line.text[found.end()] == " " and line.text[at - 1] == " "
    if not line.take_level(at, mark):
        line.cut(at)
    line.is_bare = False
    return True


def _take_go(line):
    found = _GO.match(line.text)
    if found is None:
        return False
    at = skip_gap(line.text, found.end())
    if at == found.end():
        return False
    line.time = parse_time(found.group())
    line.is_bare = False
    if not line.take_level(at, _mark(line.text[at:], False)):
        line.cut(at)
    return True


def _take_bracketed(line):
    """Java, PowerShell, and Python's `[LEVEL] time id text`."""
    if not line.text.startswith("[") or not line.take_level(0, _mark(line.text, False)):
        return False
    line.is_bare = False
    found = _ISO.match(line.text)
    if found is None or found.group(1) != "T":
        return True
    begin = skip_gap(line.text, found.end())
    if begin == found.end():
        return True
    at = _take_id(line, begin)
    if at != begin:
        line.time = parse_time(found.group(), True)
        line.cut(at)
    return True


def _take_ruby(line):
    found = _RUBY.match(line.text)
    if found is None or found.group(3)[0] != found.group(1):
        return False
    at = _take_id(line, skip_gap(line.text, found.end()))
    if not line.text.startswith("-- ", at):
        line.request_id = None
        return False
    at += 3
    if line.text.startswith(": ", at):
        at += 2
    line.level = found.group(3)
    line.time = parse_time(found.group(2))
    line.cut(at)
    return True


def take_apart(text):
    """A message line: what its runtime put before the text is cut from it."""
    line = Line(text)
    if _take_timed(line) or _take_go(line) or _take_bracketed(line) or _take_ruby(line):
        return line
    mark = _word(line.text)
    if mark is not None:
        line.take_level(0, (mark[0], mark[1], True))
    return line


def take_level(text):
    """An extracted event: a leading level, and the text without it."""
    line = Line(text)
    line.take_level(0, _mark(text, True))
    return line
