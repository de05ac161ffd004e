#!/usr/bin/env python3
"""Records the PUBLISH frames of producers: a proxy between `sluice-publish` and `sluiced`.

    record.py HOST:PORT FRAMES        prints its own port; ends with its standard input

Each record is the UUID of the producer and one frame as sent (spec/wire-protocol.md, 3). Frames of a producer are in
their order. Only for connections without TLS and without keys.
"""

import socket
import struct
import sys
import threading

HEADER = 24
HELLO, PUBLISH = 1, 5
PREFACE = 8


def receive(source, size):
    """Exactly `size` bytes; fewer at the end of the stream."""
    data = bytearray()
    while len(data) < size:
        some = source.recv(min(1 << 20, size - len(data)))
        if not some:
            break
        data += some
    return bytes(data)


def forward(client, server, output, lock):
    """Frames of a client: to the server, and those of batches to the file."""
    server.sendall(receive(client, PREFACE))
    producer = b""
    while len(header := receive(client, HEADER)) == HEADER:
        size, kind = struct.unpack_from("<IB", header)
        body = receive(client, size)
        if kind == HELLO:
            producer = body[12:28]
        elif kind == PUBLISH:
            with lock:
                output.write(producer + header + body)
        server.sendall(header + body)
    server.shutdown(socket.SHUT_WR)


def back(server, client):
    """The bytes of the server, to the client."""
    try:
        while data := server.recv(1 << 16):
            client.sendall(data)
        client.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    lock = threading.Lock()
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    with open(sys.argv[2], "wb") as output:
        def serve():
            while True:
                client, _ = listener.accept()
                server = socket.create_connection((host, int(port)))
                threading.Thread(target=forward, args=(client, server, output, lock), daemon=True).start()
                threading.Thread(target=back, args=(server, client), daemon=True).start()
        threading.Thread(target=serve, daemon=True).start()
        sys.stdin.read()
        with lock:
            output.flush()


if __name__ == "__main__":
    main()
