"""The client in Python, for measurements that need a connection of their own."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "clients", "python"))

import sluice  # noqa: E402, F401
from sluice import connection  # noqa: E402, F401
from sluice.events import Welcomed  # noqa: E402, F401
