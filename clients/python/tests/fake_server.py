"""A server for tests of the sockets: it commits every batch in memory, with TLS and a key where the test asks."""

from __future__ import annotations

import hashlib
import hmac
import pathlib
import shutil
import socket
import ssl
import subprocess
import threading
from typing import Any

from sluice import frames, messages, tls_exporter
from sluice.authentication import Key, Transcript

from . import server
from .vectors import ClientFrame, client_frames

NONCE = b"\xa5" * 32


class FakeServer:
    """Listens on a free port of 127.0.0.1. Sequences that were committed stay committed over reconnects."""

    def __init__(self, tls: ssl.SSLContext | None = None, key: Key | None = None, binding: bytes | None = b"",
                 first_words: bytes = b"", holds: bool = False, cut_after: int = 0) -> None:
        """`binding` is the channel binding; None reads it from the connection.

        `first_words` are said instead of anything else. With `holds` nothing is committed. The connection is cut once,
        after `cut_after` batches were read.
        """
        self.tls, self.key, self.binding, self.first_words = tls, key, binding, first_words
        self.holds, self.cut_after = holds, cut_after
        self.committed: dict[int, bytes] = {}
        self.hellos = self.answered = 0
        self.auths: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._sockets: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def close(self) -> None:
        """Ends every connection and thread."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in self._sockets:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            sock.close()
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self._sockets.append(sock)
            thread = threading.Thread(target=self._serve, args=(sock,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket) -> None:
        try:
            if self.tls is not None:
                sock = self.tls.wrap_socket(sock, server_side=True)
                self._sockets.append(sock)
                if self.binding is None:
                    self.binding = tls_exporter(sock)
            self._talk(sock)
        except OSError:
            pass
        finally:
            sock.close()

    def _talk(self, sock: socket.socket) -> None:
        if self.first_words:
            sock.sendall(self.first_words)
            return
        data, hello = b"", None
        while True:
            read = sock.recv(1 << 16)
            if not read:
                return
            data += read
            if hello is None and len(data) > 8:
                sock.sendall(frames.PREFACE)
                data = data[8:]
            found = client_frames(data)
            data = data[sum(len(frame.whole) for frame in found) :]
            for frame in found:
                hello = hello or frame
                if not self._answer(sock, frame, hello):
                    return

    def _answer(self, sock: socket.socket, frame: ClientFrame, hello: ClientFrame) -> bool:
        if frame.type == 1:
            self.hellos += 1
            sock.sendall(self._challenge() if self.key else self._welcome(hello))
        elif frame.type == 3:
            self.auths.append(frame.whole)
            sock.sendall(self._proven(hello, frame))
        elif frame.type == 5:
            if self.cut_after:
                self.cut_after -= 1
                if not self.cut_after:
                    return False
            if not self.holds:
                replay = frame.sequence in self.committed
                self.committed.setdefault(frame.sequence, frame.whole)
                self.answered += 1
                sock.sendall(server.committed((frame.sequence, 1, 0, 0), replay=replay)
                             + server.window(64 + self.answered, 1 << 40))
        return bool(frame.type != 10)

    def _welcome(self, hello: ClientFrame, **more: Any) -> bytes:
        features = int.from_bytes(hello.body[4:12], "little") & messages.FEATURE_LZ4
        return server.welcome(features=features, session=self.hellos, highest=max(self.committed, default=0), **more)

    def _challenge(self) -> bytes:
        return frames.encode_frame(frames.FrameType.CHALLENGE, NONCE, b"\0")

    def _proven(self, hello: ClientFrame, auth: ClientFrame) -> bytes:
        assert self.key is not None
        transcript = Transcript(hello.whole, self._challenge(), self.binding or b"")
        transcript.client_message(auth.whole)
        bare = self._welcome(hello)[24:] + b"\1\0\x20\0"
        unproven = frames.encode_frame(frames.FrameType.WELCOME, bare, bytes(32))
        key = hmac.new(self.key.secret, b"sluice server key 1", hashlib.sha256).digest()
        proof = hmac.new(key, transcript.server_message(unproven), hashlib.sha256).digest()
        return frames.encode_frame(frames.FrameType.WELCOME, bare, proof)


def certificate(directory: str) -> tuple[ssl.SSLContext, ssl.SSLContext] | None:
    """Contexts of a server and of a client for 127.0.0.1, or None without the program openssl."""
    openssl = shutil.which("openssl")
    if openssl is None:
        return None
    key, chain = pathlib.Path(directory, "key.pem"), pathlib.Path(directory, "chain.pem")
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(chain)],
        check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    return context, ssl.create_default_context(cafile=str(chain))
