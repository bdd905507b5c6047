"""AWS Signature Version 4 as a server checks it (AWS General Reference, "Create a signed request"):
written from the specification, so that a client's own idea of it is not what it is checked by."""

import hashlib
import hmac
import urllib.parse


def canonical_query(query):
    pairs = sorted((urllib.parse.quote(k, safe="-_.~"), urllib.parse.quote(v, safe="-_.~"))
                   for k, v in urllib.parse.parse_qsl(query, keep_blank_values=True))
    return "&".join(f"{k}={v}" for k, v in pairs)


def problem(method, target, headers, body, secret, service):
    """None where the request is signed as it must be, else what is wrong. `headers` has lower-case
    names; `target` is the request's target as it came."""
    authorization = headers.get("authorization", "")
    scheme, _, rest = authorization.partition(" ")
    if scheme != "AWS4-HMAC-SHA256":
        return f"authorization is {authorization!r}"
    fields = dict(part.strip().split("=", 1) for part in rest.split(","))
    _, day, region, scope_service, terminator = fields["Credential"].split("/")
    if scope_service != service or terminator != "aws4_request":
        return f"scope is {fields['Credential']}"
    signed = fields["SignedHeaders"].split(";")
    for name in ["host", "x-amz-date"] + (["x-amz-security-token"] if "x-amz-security-token" in headers else []):
        if name not in signed:
            return f"header {name} is not signed"
    path, _, query = target.partition("?")
    payload = headers.get("x-amz-content-sha256") if service == "s3" else None
    if payload not in (None, "UNSIGNED-PAYLOAD", hashlib.sha256(body).hexdigest()):
        return "x-amz-content-sha256 is not the body's"
    if service == "s3" and payload is None:
        return "S3 wants x-amz-content-sha256"
    # S3 signs the path as sent; other services encode it once more (here it is "/").
    request = "\n".join([
        method, path, canonical_query(query),
        *(f"{name}:{' '.join(headers[name].split())}" for name in signed), "",
        ";".join(signed), payload or hashlib.sha256(body).hexdigest()])
    scope = f"{day}/{region}/{service}/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", headers["x-amz-date"], scope,
                      hashlib.sha256(request.encode()).hexdigest()])
    key = ("AWS4" + secret).encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    wanted = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return None if wanted == fields["Signature"] else f"signature differs for\n{request}"
