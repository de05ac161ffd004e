"""The examples of the README run as they are."""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys
import unittest

from .fake_server import FakeServer

_PACKAGE = pathlib.Path(__file__).resolve().parents[1]


class Examples(unittest.TestCase):
    def test_every_example_publishes_and_ends(self) -> None:
        text = (_PACKAGE / "README.md").read_text(encoding="utf-8")
        examples = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
        self.assertEqual(len(examples), 3)
        for example in examples:
            serving = FakeServer()
            self.addCleanup(serving.close)
            code = re.sub(r"127\.0\.0\.1:717[12]", serving.address, example)
            with self.subTest(example):
                subprocess.run([sys.executable, "-c", code], cwd=_PACKAGE, check=True, capture_output=True, timeout=60)
                self.assertEqual(len(serving.committed), 1)
