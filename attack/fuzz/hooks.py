"""What schemathesis does not know of this server: MessagePack, which 5xx are honest, and what no answer may tell."""

import re
from urllib.parse import urlsplit

import msgpack
import schemathesis

# No answer has a stack, a path of the machine, an address of an origin or the key.
TELLTALES = re.compile(
    rb"node_modules|file://|\bat [\w.<>$ ]+ \(|\.[cm]?[jt]s:\d+:\d+|/home/\w|/root/|/tmp/\w|127\.0\.0\.1:|CUDA|a-key-of-the-fuzz"
)
# Which server each upstream is: administrators alone are told (docs/api.md).
UPSTREAM_URL = re.compile(rb'"url":"[^"]*"')
HONEST = {501, 502, 503, 504}


@schemathesis.serializer("application/msgpack", "application/x-msgpack")
def as_msgpack(ctx, value):
    return msgpack.packb(value, default=str)


@schemathesis.check
def honest_server_error(ctx, response, case):
    """A 5xx is one that is documented (docs/faults.md), and an error in the words of its dialect."""
    if response.status_code < 500:
        return
    if response.status_code not in HONEST:
        raise AssertionError(f"{response.status_code} is no honest answer: {response.content[:300]!r}")
    if response.headers.get("content-type", [""])[0].startswith("application/msgpack"):
        msgpack.unpackb(response.content)
    else:
        response.json()


@schemathesis.check
def nothing_told(ctx, response, case):
    """Nothing of the machine is in a body, but what the client itself sent: its own words, and the address that it asked."""
    if case.path in ("/docs/{file}", "/openapi.json"):
        return
    sent = response.request.body or b""
    sent = sent if isinstance(sent, bytes) else str(sent).encode()
    own = urlsplit(response.request.url).netloc.encode()
    content = response.content.replace(own, b"")
    if case.path == "/v1/admin/upstreams":
        content = UPSTREAM_URL.sub(b"", content)
    found = TELLTALES.search(content)
    if found and found.group() not in sent:
        raise AssertionError(f"the answer tells of {found.group()!r}: {response.content[:300]!r}")
