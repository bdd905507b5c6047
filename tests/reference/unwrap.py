"""Layers and documents: from an object's bytes to records of events.

Everything is held in memory and done the slow, plain way. Recognition is by
content; the file name matters for exports alone.
"""

import base64
import binascii
import bisect
import codecs
import json
import re
import zlib

DEPTH_MAX = 3
SMALL_MEMBER_BYTES_MAX = 4 * 1024 * 1024
ENVELOPE_KEYS = ("logEvents", "rawData", "awslogs", "Records", "records")
REGION = r"(?:us|eu|ap|sa|ca|me|af|il|cn|mx)(?:-gov|-isob?)?-(?:north|south|east|west|central){1,2}-\d"
ARN_REGION = re.compile(rf"arn:aws[a-z-]*:[a-z0-9-]+:({REGION}):")
EXPORT_LINE = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ")
EXPORT_NAME = re.compile(r"\d{6}(?:\.gz)?$")
CONTROL_BYTES = re.compile(rb"[\x00-\x07\x0e-\x1a]")
SEAM_KEY = re.compile(
    rb'\}[ \t\r\n]*\{\s*"(?:logEvents|rawData|awslogs|Records|records|messageType|owner)"'
)
SPACE = b" \t\r\n"


class Run:
    """Neighbouring text, and where each part of it is stored."""

    def __init__(self):
        self.text = bytearray()
        self.starts = []
        self.origins = []
        self.is_plain = False
        self.is_truncated = False
        self.unverified_from = None  # text from here on never passed its checksum

    def is_unverified(self, end):
        return self.unverified_from is not None and end > self.unverified_from

    def add(self, text, origin):
        self.starts.append(len(self.text))
        self.origins.append(origin)
        self.text += text

    def origin(self, at):
        i = max(bisect.bisect_right(self.starts, at) - 1, 0)
        if self.is_plain:
            return self.origins[i] + at - self.starts[i]
        return self.origins[i]


class Account:
    def __init__(self, size):
        self.stored = {"total": size, "parsed": 0, "padding": 0, "skipped": 0, "quarantined": 0}
        self.decoded = {"total": 0, "records": 0, "separators": 0, "quarantined": 0}
        self.damage = []  # (offset, length, reason)

    def quarantine(self, offset, length, reason, is_outer):
        self.damage.append((offset, length, reason))
        if is_outer:
            self.stored["quarantined"] += length
        else:
            self.decoded["quarantined"] += length


def _gzip_header_is_plausible(data, at):
    if data[at : at + 3] != b"\x1f\x8b\x08" or at + 18 > len(data):
        return False
    return data[at + 3] & 0xE0 == 0


def _inflate_member(data, at, wbits=31):
    """(text, end, verdict): verdict is '', 'truncated' or 'damaged'."""
    inflater = zlib.decompressobj(wbits)
    text = bytearray()
    try:
        for begin in range(at, len(data), 65536):
            text += inflater.decompress(data[begin : begin + 65536])
            if inflater.eof:
                end = min(begin + 65536, len(data)) - len(inflater.unused_data)
                return bytes(text), end, ""
    except zlib.error:
        return bytes(text), len(data), "damaged"
    return bytes(text), len(data), "truncated"


def _next_member(data, at, takes_cut=True):
    """Where the next member begins that verifies; if none does, the first that the end of
    the data cuts off and whose text is no binary."""
    cut = len(data)
    at = data.find(b"\x1f\x8b\x08", at)
    while at >= 0:
        if _gzip_header_is_plausible(data, at):
            text, _, verdict = _inflate_member(data, at)
            if verdict == "":
                return at
            if verdict == "truncated" and text and cut == len(data) and not _is_binary(text):
                cut = at
        at = data.find(b"\x1f\x8b\x08", at + 1)
    return cut if takes_cut else len(data)


def _is_binary(data):
    """Neither a layer, JSON, nor text."""
    if data[:3] == b"\x1f\x8b\x08" or looks_like_json(data):
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data[:512])
    except UnicodeDecodeError:
        return True
    return CONTROL_BYTES.search(data[:512]) is not None


class Peeler:
    """Peels one object (or payload) and hands each plain run on."""

    def __init__(self, account, on_run):
        self.account = account
        self.on_run = on_run

    def peel(self, run, depth, is_outer=True):
        data = bytes(run.text)
        layer = self._layer(data)
        if layer == "plain":
            if is_outer:
                self.account.stored["parsed"] += len(data)
            self.on_run(run)
        elif layer == "empty":
            pass
        elif depth >= DEPTH_MAX:
            self.account.quarantine(run.origin(0), len(data), "more than 3 layers", is_outer)
        elif layer == "gzip":
            self._gzip(run, data, depth, is_outer)
        elif layer == "zlib":
            self._whole(run, zlib.decompress(data), depth, is_outer)
        elif layer == "base64":
            self._whole(run, base64.b64decode(data), depth, is_outer)
        else:
            self.account.quarantine(run.origin(0), len(data), layer, is_outer)

    def _whole(self, run, text, depth, is_outer):
        if is_outer:
            self.account.stored["parsed"] += len(run.text)
        inner = Run()
        inner.add(text, run.origin(0))
        inner.unverified_from = None if run.unverified_from is None else 0
        self.peel(inner, depth + 1, False)

    def _layer(self, data):
        if not data:
            return "empty"
        if data[:4] == b"\x1f\xef\xbf\xbd":
            return "gzip destroyed by a UTF-8 conversion"
        if data[:3] == b"\x1f\x8b\x08":
            return "gzip"
        if data[:4] == b"\x28\xb5\x2f\xfd":
            return "zstd is not read by the reference"
        if data[:4] == b"PK\x03\x04":
            return "unsupported: ZIP"
        if data[:10] == b"\xff\x06\x00\x00sNaPpY" or data[:8] == b"\x82SNAPPY\x00":
            return "unsupported: Snappy"
        if data[:1] == b"\x78" and len(data) > 2 and int.from_bytes(data[:2], "big") % 31 == 0:
            try:
                zlib.decompress(data)
                return "zlib"
            except zlib.error:
                pass
        if re.fullmatch(rb"[A-Za-z0-9+/\s]{8,}={0,2}\s*", data):
            try:
                inner = base64.b64decode(data)
                if self._layer(inner) in ("gzip", "zlib", "zstd is not read by the reference"):
                    return "base64"
            except binascii.Error:
                pass
        following = _next_member(data, 0, takes_cut=False)
        if following == len(data):
            following = _next_member(data, 0)
            following = following if _is_binary(data[:following]) else len(data)
        if not looks_like_json(data) and following < len(data):
            return "gzip"
        return "plain"

    def _gzip(self, run, data, depth, is_outer):
        at = 0
        inner = Run()
        while at < len(data):
            if data[at] == 0:
                end = at
                while end < len(data) and data[end] == 0:
                    end += 1
                if is_outer:
                    self.account.stored["padding"] += end - at
                at = end
                continue
            good = _gzip_header_is_plausible(data, at) or data[at : at + 3] == b"\x1f\x8b\x08"
            text, end, verdict = _inflate_member(data, at) if good else (b"", at, "damaged")
            if good and verdict == "":
                if is_outer:
                    self.account.stored["parsed"] += end - at
                inner.add(text, run.origin(at))
                at = end
                continue
            keeps = good and (verdict == "truncated" or len(text) > SMALL_MEMBER_BYTES_MAX)
            following = _next_member(data, at + 1)
            if verdict == "truncated" and following < len(data):
                keeps = False
            if keeps:
                inner.unverified_from = len(inner.text)
                inner.is_truncated = True
                inner.add(text, run.origin(at))
            reason = f"gzip: {verdict}" if good else "not a gzip member"
            self.account.damage.append((run.origin(at), following - at, reason))
            if is_outer:
                self.account.stored["quarantined"] += following - at
            if inner.text:
                self.peel(inner, depth + 1, False)
            inner = Run()
            at = following
        if inner.text:
            self.peel(inner, depth + 1, False)


def looks_like_json(data):
    head = data[3:] if data[:3] == b"\xef\xbb\xbf" else data
    head = head.lstrip(SPACE)
    return head[:1] == b"{" or re.match(rb"\[[ \t\r\n]*\{", head) is not None


def form_of(data, name):
    if looks_like_json(data):
        head = data[3:] if data[:3] == b"\xef\xbb\xbf" else data
        return "array" if head.lstrip(SPACE)[:1] == b"[" else "documents"
    if _sound_envelope_after_seam(data):
        return "documents"
    if CONTROL_BYTES.search(data):
        return "binary"
    first = data.lstrip(SPACE + b"\xef\xbb\xbf")
    if EXPORT_NAME.search(name.rsplit("/", 1)[-1]) and EXPORT_LINE.match(first):
        return "export"
    return "lines"


def _sound_envelope_after_seam(data):
    for found in re.finditer(rb"\}[ \t\r\n]*\{", data):
        end, document = document_at(data, found.end() - 1)
        if end and any(key in document for key in ENVELOPE_KEYS):
            return True
    return False


def _no_constant(_):
    raise ValueError("not JSON")


_LOOSE = json.JSONDecoder(strict=False, parse_constant=_no_constant)


def document_at(data, at, limit=None):
    """(end, document) of the document that begins at data[at]; end 0: none.

    Bytes are looked at as Latin-1: JSON's own characters are ASCII.
    """
    text = data.decode("latin-1") if isinstance(data, (bytes, bytearray)) else data
    try:
        document, end = _LOOSE.raw_decode(text, at)
    except (ValueError, RecursionError):
        return 0, None
    return (end, document) if isinstance(document, dict) else (0, None)


_CONTROL_IN_STRING = re.compile(r"[\x00-\x1f]")
_ANY_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.S)


def repair(raw):
    """(text, repaired): valid UTF-8 without raw controls in strings."""
    try:
        text, repaired = raw.decode("utf-8"), False
    except UnicodeDecodeError:
        text, repaired = raw.decode("utf-8", "replace"), True
    try:
        json.JSONDecoder(strict=True).decode(text)
    except ValueError:
        fixed = _ANY_STRING.sub(
            lambda m: _CONTROL_IN_STRING.sub("\ufffd", m.group()), text
        )
        repaired |= fixed != text
        text = fixed
    return text, repaired


def split_documents(data, is_array=False):
    """Yields (begin, end, kind): document, separator or damaged."""
    text = data.decode("latin-1")
    at = 3 if data[:3] == b"\xef\xbb\xbf" else 0
    if at:
        yield 0, at, "separator"
    extra = "[,]" if is_array else ""
    while at < len(text):
        end = at
        while end < len(text) and text[end] in " \t\r\n" + extra:
            end += 1
        if end > at:
            yield at, end, "separator"
            at = end
            continue
        end = document_at(text, at)[0] if text[at] == "{" else 0
        if end:
            yield at, end, "document"
            at = end
            continue
        following = _resume(text, at + 1)
        stop = len(text[:following].rstrip(" \t\r\n")) if following < len(text) else following
        yield at, max(stop, at + 1), "damaged"
        at = max(stop, at + 1)


def _resume(text, at):
    """Where the next sound document begins that is an envelope or after a seam."""
    for found in re.finditer(r'\{\s*"', text[at:]):
        begin = at + found.start()
        end, document = document_at(text, begin)
        if not end:
            continue
        before = text[:begin].rstrip(" \t\r\n")
        if before.endswith("}") or any(key in document for key in ENVELOPE_KEYS):
            return begin
    return len(text)
