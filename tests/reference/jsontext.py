"""Strict RFC 8259 text to nodes that remember how every token was written.

json.loads() alone is not enough: columns hold numbers and strings "as
written", and the payload's key order and duplicate keys matter. The parser
is deliberately naive; tests compare its verdicts with json.loads().
"""

import json
import re

DEPTH_MAX = 256

_SPACE = re.compile(r"[ \t\n\r]*")
_STRING = re.compile(
    r'"([^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*)"'
)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_LITERAL = {"t": "true", "f": "false", "n": "null"}
_SURROGATE = re.compile("[\ud800-\udfff]")


def replace_lone_surrogates(text):
    """A surrogate that json.loads() left alone becomes U+FFFD."""
    return _SURROGATE.sub("\ufffd", text)


class Node:
    """kind: object, array, string, number, true, false, null.

    raw: the text as written, without the white space around it.
    value: text of a string; list of nodes; list of (raw key, key, node).
    """

    __slots__ = ("kind", "raw", "value")

    def __init__(self, kind, raw, value=None):
        self.kind = kind
        self.raw = raw
        self.value = value

    def members(self):
        """The last value of each key at the key's first place (JSON.parse)."""
        found = {}
        for raw, key, node in self.value:
            if key in found:
                found[key] = (found[key][0], node)
            else:
                found[key] = (raw, node)
        return found

    def has_duplicate_keys(self):
        if self.kind == "array":
            return any(n.has_duplicate_keys() for n in self.value)
        if self.kind != "object":
            return False
        keys = [key for _, key, _ in self.value]
        return len(set(keys)) != len(keys) or any(
            n.has_duplicate_keys() for _, _, n in self.value
        )


def unescape(raw):
    if "\\" not in raw:
        return raw
    return replace_lone_surrogates(json.loads('"' + raw + '"'))


def _skip(text, at):
    return _SPACE.match(text, at).end()


def _parse_string(text, at):
    found = _STRING.match(text, at)
    if found is None:
        raise ValueError(f"bad string at {at}")
    return found


def _parse_array(text, at, depth):
    nodes = []
    begin = at
    at = _skip(text, at + 1)
    if text[at : at + 1] == "]":
        return Node("array", text[begin : at + 1], nodes), at + 1
    while True:
        node, at = _parse_value(text, at, depth + 1)
        nodes.append(node)
        at = _skip(text, at)
        if text[at : at + 1] == "]":
            return Node("array", text[begin : at + 1], nodes), at + 1
        if text[at : at + 1] != ",":
            raise ValueError(f"bad array at {at}")
        at = _skip(text, at + 1)


def _parse_object(text, at, depth):
    entries = []
    begin = at
    at = _skip(text, at + 1)
    if text[at : at + 1] == "}":
        return Node("object", text[begin : at + 1], entries), at + 1
    while True:
        key = _parse_string(text, at)
        at = _skip(text, key.end())
        if text[at : at + 1] != ":":
            raise ValueError(f"bad object at {at}")
        node, at = _parse_value(text, _skip(text, at + 1), depth + 1)
        entries.append((key.group(1), unescape(key.group(1)), node))
        at = _skip(text, at)
        if text[at : at + 1] == "}":
            return Node("object", text[begin : at + 1], entries), at + 1
        if text[at : at + 1] != ",":
            raise ValueError(f"bad object at {at}")
        at = _skip(text, at + 1)


def _parse_value(text, at, depth):
    first = text[at : at + 1]
    if first in ("{", "["):
        if depth >= DEPTH_MAX:
            raise ValueError("nested too deeply")
        parse = _parse_object if first == "{" else _parse_array
        return parse(text, at, depth)
    if first == '"':
        found = _parse_string(text, at)
        return Node("string", found.group(0), unescape(found.group(1))), found.end()
    word = _LITERAL.get(first)
    if word is not None and text.startswith(word, at):
        return Node(word, word), at + len(word)
    found = _NUMBER.match(text, at)
    if found is None:
        raise ValueError(f"bad value at {at}")
    return Node("number", found.group(0)), found.end()


def parse(text):
    """The whole text as one value; ValueError where it is not sound."""
    node, at = _parse_value(text, _skip(text, 0), 0)
    if _skip(text, at) != len(text):
        raise ValueError(f"trailing text at {at}")
    return node
