"""Judges a server with TLS and keys by programs of others: openssl, curl, and Python's ssl with the client in Python.

Prints a line for each check, and ends with status 1 when one does not hold. docs/threat-model.md has the rules.
"""

import argparse
import pathlib
import secrets
import socket
import ssl
import subprocess
import sys
import time
import uuid

from http_checks import check_http, document
from revocation import check_revocation
from secured import Checks, SecuredServer

import sluice
from sluice import connection, frames, messages
from sluice.errors import ErrorCode
from sluice.events import Failed, Welcomed

PRINCIPALS = {
    "shop": ["--role", "publish", "--publish-topic", "orders.*"],
    "slow": ["--role", "publish", "--quota-events", "100"],
    "reader": ["--role", "read", "--read-topic", "orders.*"],
    "analyst": ["--role", "read"],
    "boss": ["--role", "admin"],
    "prometheus": ["--role", "metrics"],
    "gone": ["--role", "publish,read"],
    "leaver": ["--role", "publish"],
}


# openssl

def handshake(server: SecuredServer, *options: str) -> str:
    """The output of one handshake of openssl; with `Verification: OK` when it is complete."""
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"localhost:{server.tcp_port}", "-CAfile", server.authority,
         "-verify_return_error", "-verify_hostname", "localhost", "-brief", *options],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    return done.stdout + done.stderr


def check_served(checks: Checks, server: SecuredServer, minimum: str, *options: str, version: str, cipher: str):
    output = handshake(server, *options)
    lines = [f"Protocol version: {version}", f"Ciphersuite: {cipher}", "Verification: OK"]
    checks.add(f"minimum {minimum}: {' '.join(options)} is served by {cipher}",
               all(line in output for line in lines), output)


def check_refused(checks: Checks, server: SecuredServer, minimum: str, *options: str, alert: str):
    output = handshake(server, *options)
    # The alert shows that the server refused, and that not openssl lacks the version or the cipher.
    checks.add(f"minimum {minimum}: {' '.join(options)} is refused with the alert \"{alert}\"",
               f"alert {alert}" in output and "CONNECTION ESTABLISHED" not in output, output)


def check_versions_and_ciphers(checks: Checks, strict: SecuredServer, wide: SecuredServer):
    everything = ["-cipher", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"]
    old = ("-tls1", "-tls1_1")
    for server, minimum, refused in ((strict, "1.3", (*old, "-tls1_2")), (wide, "1.2", old)):
        for version in refused:
            check_refused(checks, server, minimum, version, *everything, alert="protocol version")
        for suite in ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"):
            check_served(checks, server, minimum, "-tls1_3", "-ciphersuites", suite, version="TLSv1.3", cipher=suite)
        check_refused(checks, server, minimum, "-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_8_SHA256",
                      alert="handshake failure")
    strong = ("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305")
    for suite in strong:
        check_served(checks, wide, "1.2", "-tls1_2", "-cipher", suite, version="TLSv1.2", cipher=suite)
    # CBC, SHA-1, no encryption, nobody's signature, no forward secrecy, and no GCM.
    for suite in ("ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-NULL-SHA", "AECDH-AES128-SHA",
                  "AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-CCM8"):
        check_refused(checks, wide, "1.2", "-tls1_2", "-cipher", f"{suite}:@SECLEVEL=0", alert="handshake failure")


# Python's ssl, and the wire protocol by the client in Python

def trusting(server: SecuredServer) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=server.authority)


def converse(server: SecuredServer, key: sluice.Key, change_binding: bool = False):
    """The first event of a connection with a key: Welcomed or Failed; None when the stream ends before."""
    with socket.create_connection(("localhost", server.tcp_port), timeout=20) as plain, \
            trusting(server).wrap_socket(plain, server_hostname="localhost") as tls:
        binding = sluice.tls_exporter(tls)
        if change_binding:
            binding = bytes([binding[0] ^ 1]) + binding[1:]
        machine = connection.Connection(connection.Greeting(
            uuid.uuid4(), 1, key=key, nonce=secrets.token_bytes(32), channel_binding=binding), time.monotonic())
        while True:
            if data := machine.data_to_send(time.monotonic()):
                tls.sendall(data)
            if not (data := receive(tls)):
                return None
            machine.receive(data, time.monotonic())
            for event in machine.events():
                return event


def receive(channel) -> bytes:
    try:
        return channel.recv(65_536)
    except OSError:
        return b""


def refuses_certificate(server: SecuredServer, context: ssl.SSLContext, name: str) -> bool:
    try:
        with socket.create_connection(("localhost", server.tcp_port), timeout=20) as plain, \
                context.wrap_socket(plain, server_hostname=name):
            return False
    except ssl.SSLCertVerificationError:
        return True


def is_refused(event) -> bool:
    return isinstance(event, Failed) and not event.local and event.code == ErrorCode.AUTHENTICATION_FAILED


def check_handshakes(checks: Checks, server: SecuredServer):
    key = sluice.Key.parse(server.keys.text["shop"])
    checks.add("Python: a key over TLS gets WELCOME with the server's proof",
               isinstance(event := converse(server, key), Welcomed) and event.welcome.proof is not None, event)
    wrong = converse(server, sluice.Key(key.id, secrets.token_bytes(32)))
    unknown = converse(server, sluice.Key("0123456789abcdef", secrets.token_bytes(32)))
    checks.add("Python: a wrong secret is AUTHENTICATION_FAILED", is_refused(wrong), wrong)
    checks.add("Python: an unknown key is told the same", is_refused(unknown) and unknown == wrong, unknown)
    event = converse(server, key, change_binding=True)
    checks.add("Python: a proof for another TLS connection is AUTHENTICATION_FAILED", is_refused(event), event)
    event = converse(server, sluice.Key.parse(server.keys.text["analyst"]))
    checks.add("Python: a key that may not publish is AUTHENTICATION_FAILED", is_refused(event), event)
    checks.add("Python: ssl does not trust the authority by default",
               refuses_certificate(server, ssl.create_default_context(), "localhost"))
    checks.add("Python: ssl refuses another name", refuses_certificate(server, trusting(server), "example.org"))


def answer_to_plain(server: SecuredServer, data: bytes) -> bytes:
    with socket.create_connection(("localhost", server.tcp_port), timeout=20) as plain:
        plain.sendall(data)
        answer = b""
        while part := receive(plain):
            answer += part
        return answer


def check_plain_bytes(checks: Checks, server: SecuredServer):
    """A peer without TLS gets an ERROR of the wire protocol in clear text, which names TLS, and the end."""
    hello = frames.encode_frame(frames.FrameType.HELLO, messages.encode_hello(uuid.uuid4(), 1, "plain", 0))
    for name, data in (("a HELLO", frames.PREFACE + hello), ("an HTTP request", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")):
        answer = answer_to_plain(server, data)
        reader, text, code = frames.FrameReader(), "", 0
        if answer.startswith(frames.PREFACE):
            reader.feed(answer[len(frames.PREFACE):])
            if frame := reader.next_frame():
                error = messages.decode_error(frame.body, frame.sequence)
                code, text = error.code, error.message
        checks.add(f"plain: {name} on the TLS port is told to use TLS, and ended",
                   code == ErrorCode.NOT_SLUICE and "speaks TLS only" in text, answer)


def producer(server: SecuredServer, name: str) -> sluice.Producer:
    return sluice.Producer(
        f"localhost:{server.tcp_port}", source="peers", on_notice=lambda notice: None, tls=trusting(server),
        key=sluice.Key.parse(server.keys.text[name]), channel_binding=sluice.tls_exporter)


def check_publishing(checks: Checks, server: SecuredServer):
    """1,000 events, 100 of them twice, by the client in Python."""
    with producer(server, "shop") as client:
        receipts = [client.publish("orders.paid", f"{number % 900}", {"number": number}) for number in range(1_000)]
        outcomes = {id(receipt.outcome): receipt for receipt in receipts}
        counts = [receipt.committed(30) for receipt in outcomes.values()]
        received, unique, duplicate = (sum(getattr(count, field) for count in counts)
                                       for field in ("received", "unique", "duplicate"))
        checks.add("Python: 1,000 events over TLS with a key are 900 unique and 100 duplicate",
                   (received, unique, duplicate) == (1_000, 900, 100), (received, unique, duplicate))
        forbidden = client.publish("payments.made", "1")
        try:
            outcome: object = forbidden.committed(30)
        except sluice.BatchRefused as refusal:
            outcome = refusal
        checks.add("Python: a topic beyond the key's rights is TOPIC_NOT_ALLOWED",
                   getattr(outcome, "code", None) == ErrorCode.TOPIC_NOT_ALLOWED, outcome)
    stats = document(server, "/stats", "analyst")
    stored = [stats.get(name) for name in ("received", "unique_processed", "duplicate_dropped")]
    checks.add("Python: /stats has the same counts", stored == [1_000, 900, 100], stats)


def check_quota(checks: Checks, server: SecuredServer):
    with producer(server, "slow") as client:
        for number in range(1_500):
            receipt = client.publish("slow", f"{number}")
        receipt.committed(60)
        listed = document(server, "/producers", "boss")["producers"]
        quota = next((entry["quota"] for entry in listed if entry["owner"] == "slow"), None)
        checks.add("quota: /producers shows that credit is held back, and by which bound",
                   bool(quota) and quota["events"] == 100 and quota["held_back"] and "100 events" in quota["reason"],
                   quota)
    checks.add("quota: an owner without a quota shows none",
               all(entry["quota"] is None for entry in listed if entry["owner"] == "shop"), listed)


def check_end(checks: Checks, server: SecuredServer):
    log = server.log()
    shown = [name for name, text in server.keys.text.items() if text in log or text.split("_", 2)[2] in log]
    checks.add("the log shows no secret", not shown, shown)
    checks.add("the log names refusals", "login refused" in log and "sluiced.security" in log)
    checks.add("the server ends in order", (status := server.stop()) == 0, status)
    checks.add("the audit holds", server.audit())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=pathlib.Path, required=True)
    programs = parser.parse_args().programs
    checks, servers = Checks(), []
    try:
        servers.append(SecuredServer(programs, PRINCIPALS))
        servers.append(SecuredServer(programs, {"shop": PRINCIPALS["shop"]}, "--tls-minimum", "1.2"))
        check_versions_and_ciphers(checks, *servers)
        for check in (check_handshakes, check_plain_bytes, check_publishing, check_quota, check_http):
            check(checks, servers[0])
        check_revocation(checks, servers[0], producer)
        check_end(checks, servers[0])
    finally:
        for server in servers:
            server.remove()
    print(f"{checks.failed} checks failed" if checks.failed else "all checks hold")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
