"""Addresses, and the channel binding of a TLS connection."""

from __future__ import annotations

import ipaddress
from typing import Any, Iterable

from .errors import SluiceError
from .settings import Endpoint, EndpointLike, Settings


def parse_endpoints(endpoints: Iterable[EndpointLike]) -> list[Endpoint]:
    """Returns the endpoints of texts and endpoints."""
    return [Endpoint.parse(endpoint) if isinstance(endpoint, str) else endpoint for endpoint in endpoints]


def is_loopback(address: str) -> bool:
    """Returns whether an address of a peer is this machine's own."""
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_loopback
    except ValueError:
        return False


class ChannelBindingMissing(SluiceError):
    """A key cannot be proven over TLS, because the `ssl` module does not offer `tls-exporter`."""


def channel_binding(settings: Settings, tls: Any) -> bytes:
    """Returns the channel binding of an `ssl.SSLSocket` or `ssl.SSLObject`, empty when there is no key."""
    if settings.key is None:
        return b""
    if settings.channel_binding is None:
        raise ChannelBindingMissing(
            "cannot prove the key over TLS: Python's ssl module does not offer the value tls-exporter (RFC 9266); "
            "set `channel_binding`, for example to sluice.tls_exporter")
    binding = settings.channel_binding(tls)
    if len(binding) != 32:
        raise ChannelBindingMissing(
            f"cannot prove the key over TLS: `channel_binding` returned {len(binding)} bytes; it must return 32")
    return binding
