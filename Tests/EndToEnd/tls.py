"""Handshakes of Python's ssl module with a server of Sluice: PORT, authorities, lowest version of the server.

Prints one JSON object: for each version that the client is limited to, what came of it.
"""

import json
import socket
import ssl
import sys

VERSIONS = {"1.1": ssl.TLSVersion.TLSv1_1, "1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def attempt(port: int, authorities: str, version: ssl.TLSVersion) -> dict:
    context = ssl.create_default_context(cafile=authorities)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = version
    context.maximum_version = version
    with socket.create_connection(("localhost", port), timeout=20) as plain:
        try:
            with context.wrap_socket(plain, server_hostname="localhost", suppress_ragged_eofs=False) as connection:
                connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
                answer = b""
                # An end without close_notify raises an error here.
                while part := connection.recv(4096):
                    answer += part
                return {"version": connection.version(), "cipher": connection.cipher()[0],
                        "answer": answer.decode(), "resumed": connection.session_reused}
        except ssl.SSLError as error:
            return {"refused": error.reason}


def main() -> None:
    port, authorities = int(sys.argv[1]), sys.argv[2]
    print(json.dumps({name: attempt(port, authorities, version) for name, version in VERSIONS.items()}))


main()
