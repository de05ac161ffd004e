"""The value `tls-exporter` (RFC 9266) of a connection of Python's `ssl`, which offers no function for it.

`tls_exporter` takes the pointer to OpenSSL's connection out of the object of `ssl`. Where the pointer is depends on the
version of CPython, so other versions than those of the tests are refused.
"""

from __future__ import annotations

import ctypes
import platform
import ssl
import sys
import sysconfig
from typing import Union

from .addresses import ChannelBindingMissing

_LABEL = b"EXPORTER-Channel-Binding"
# Versions of CPython whose struct PySSLSocket begins with the object's head, a reference, and the pointer (_ssl.c).
_KNOWN_VERSIONS = ((3, 9), (3, 13))
_POINTER_AT = object.__basicsize__ + ctypes.sizeof(ctypes.c_void_p)


def tls_exporter(tls: Union[ssl.SSLSocket, ssl.SSLObject]) -> bytes:
    """Returns the 32 bytes for the setting `channel_binding`.

    Another interpreter than CPython 3.9 to 3.13 raises ChannelBindingMissing, and so does a connection without TLS 1.3
    or the extended master secret of TLS 1.2.
    """
    if (platform.python_implementation() != "CPython" or sysconfig.get_config_var("Py_GIL_DISABLED")
            or not _KNOWN_VERSIONS[0] <= sys.version_info[:2] <= _KNOWN_VERSIONS[1]):
        raise ChannelBindingMissing(f"cannot read tls-exporter: the layout of ssl in {sys.version.split()[0]} is not "
                                    "known; use CPython 3.9 to 3.13")
    import _ssl

    export = ctypes.CDLL(_ssl.__file__).SSL_export_keying_material
    export.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t,
                       ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int]
    inner = getattr(tls, "_sslobj", None)
    if tls.version() not in ("TLSv1.2", "TLSv1.3") or type(inner).__name__ != "_SSLSocket":
        raise ChannelBindingMissing("cannot read tls-exporter: the handshake of TLS 1.2 or 1.3 is not over")
    pointer = ctypes.c_void_p.from_address(id(inner) + _POINTER_AT).value
    value = ctypes.create_string_buffer(32)
    # RFC 9266 asks for a context of zero bytes, which is not the same as no context in TLS 1.2.
    if pointer is None or export(pointer, value, len(value), _LABEL, len(_LABEL), b"", 0, 1) != 1:
        raise ChannelBindingMissing("cannot read tls-exporter: OpenSSL does not give the value; use TLS 1.3")
    return value.raw
