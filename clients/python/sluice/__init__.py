"""Client for Sluice: publishes events over the wire protocol, from threads, from asyncio and from `logging`."""

from .addresses import ChannelBindingMissing
from .aio import AsyncProducer
from .authentication import Key
from .blocking import Producer
from .errors import (BatchRefused, ConnectionFailed, ErrorCode, EventRejected, ProducerClosed, ProducerFull, Retry,
                     SluiceError)
from .event import Event, rising_id
from .exporter import tls_exporter
from .log_handler import SluiceHandler
from .messages import Counts
from .notices import Notice, NoticeKind
from .receipts import AsyncReceipt, Receipt
from .settings import Endpoint, Settings
from .spool import SpoolError

__all__ = [
    "AsyncProducer", "AsyncReceipt", "BatchRefused", "ChannelBindingMissing", "ConnectionFailed", "Counts", "Endpoint",
    "ErrorCode", "Event", "EventRejected", "Key", "Notice", "NoticeKind", "Producer", "ProducerClosed", "ProducerFull",
    "Receipt", "Retry", "Settings", "SluiceError", "SluiceHandler", "SpoolError", "rising_id",
    "tls_exporter",
]
__version__ = "0.1.0"
