"""Checks by curl: the rights of keys on every HTTP route, revocation, and the limit of wrong keys."""

import base64
import binascii
import dataclasses
import json
import secrets

from secured import Checks, SecuredServer, wait_until


def document(server: SecuredServer, path: str, name: str) -> dict:
    return json.loads(server.curl(path, server.keys.text[name])[1].split("\n\n", 1)[1])


@dataclasses.dataclass
class Request:
    who: str
    path: str
    status: int
    options: tuple[str, ...] = ()


def posted(topic: str, *more: str) -> tuple[str, ...]:
    event = {"topic": topic, "event_id": "curl", "timestamp": "2026-01-02T03:04:05Z", "source": "curl", "payload": None}
    return ("--header", "Content-Type: application/json", "--data", json.dumps(event), *more)


OPEN = ["/livez", "/readyz", "/health", "/openapi.json", "/", "/docs"]
READING = ["/events", "/topics", "/stats", "/events/orders.paid/1"]
ADMINISTRATION = ["/audit", "/producers", "/dead"]
REQUESTS = [
    *(Request("", path, 200) for path in OPEN),
    *(Request("", path, 401) for path in [*READING, *ADMINISTRATION, "/metrics", "/events/stream"]),
    Request("", "/publish", 401, posted("orders.curl")),
    Request("shop", "/publish", 200, posted("orders.curl")),
    Request("shop", "/publish", 403, posted("payments.curl")),
    Request("shop", "/publish?partial=true", 403, posted("payments.curl")),
    *(Request("shop", path, 403) for path in [*READING, *ADMINISTRATION, "/metrics"]),
    *(Request("reader", path, 200) for path in READING),
    *(Request("reader", path, 403) for path in [*ADMINISTRATION, "/metrics"]),
    Request("reader", "/publish", 403, posted("orders.curl")),
    Request("analyst", "/metrics", 200),
    *(Request("boss", path, 200) for path in ADMINISTRATION),
    *(Request("boss", path, 403) for path in READING),
    Request("prometheus", "/metrics", 200),
    Request("prometheus", "/events", 403),
    Request("analyst", "/events", 421, ("--header", "Host: attacker.example")),
    Request("shop", "/publish", 403, posted("orders.curl", "--header", "Origin: https://attacker.example")),
]


def check_http(checks: Checks, server: SecuredServer):
    for request in REQUESTS:
        status, answer = server.curl(request.path, server.keys.text.get(request.who, ""), *request.options)
        holds = status == request.status and (status != 401 or "www-authenticate: bearer" in answer.lower())
        method = "POST" if "--data" in request.options else "GET"
        who = request.who or "nobody"
        checks.add(f"curl: {method} {request.path} by {who} is {request.status}", holds, answer[:400])
    key = server.keys.text["gone"]
    checks.add("curl: a key works until it is revoked", server.curl("/events", key)[0] == 200)
    server.keys.revoke("gone")
    checks.add("curl: a revoked key is 401 within 5 s", wait_until(lambda: server.curl("/events", key)[0] == 401, 5))
    statuses = [server.curl("/events", unknown_key())[0] for _ in range(12)]
    checks.add("curl: unknown keys are 401, and 429 after ten", statuses[0] == 401 and statuses[-1] == 429
               and set(statuses) == {401, 429}, statuses)
    status, _ = server.curl("/events", server.keys.text["analyst"])
    checks.add("curl: a valid key still works from that address", status == 200, status)


def key_text(key_id: str, secret: bytes) -> str:
    """The text of a key, as `sluiced credentials add` prints it."""
    body = f"sluice_{key_id}_{base64.urlsafe_b64encode(secret).decode().rstrip('=')}"
    check = binascii.crc32(body.encode()).to_bytes(4, "big")
    return f"{body}_{base64.urlsafe_b64encode(check).decode().rstrip('=')}"


def unknown_key() -> str:
    """The text of a key in the right form that no server knows."""
    return key_text(secrets.token_hex(8), secrets.token_bytes(32))
