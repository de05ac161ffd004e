"""Retired words and unused declarations: prints each with its place, and ends with 1 when there is one."""

import collections
import pathlib
import re
import subprocess
import sys

CODE = {".swift", ".py", ".sh", ".js", ".html", ".yml", ".yaml", ".json"}
PROSE = {".md"}
# The list itself, the glossary of former keys, vectors that are data, and texts of licences.
SKIPPED = ("Scripts/retired-words.txt", "Scripts/words_check.py", "spec/vectors/", "docs/performance.md",
           "Sources/DaemonConfiguration/Keys/FormerKeys.swift", "Sources/Publisher/Generating/")
COMMENT = {".swift": "//", ".js": "//", ".py": "#", ".sh": "#", ".yml": "#", ".yaml": "#"}


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], check=True, capture_output=True, text=True).stdout
    return [name for name in listed.split("\0") if name]


def patterns() -> list[tuple[bool, re.Pattern, str]]:
    found = []
    for line in pathlib.Path("Scripts/retired-words.txt").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        pattern, instead = line.split("\t")
        everywhere = pattern.startswith("identifier:")
        found.append((everywhere, re.compile(pattern.removeprefix("identifier:")), instead))
    return found


def prose_of(line: str, suffix: str) -> str:
    """The part of a line that people read as text: all of a document, the comment of code."""
    if suffix in PROSE:
        return line
    marker = COMMENT.get(suffix)
    place = line.find(marker) if marker else -1
    return line[place:] if place >= 0 else ""


def retired(names: list[str]) -> list[str]:
    rules, found = patterns(), []
    for name in names:
        path = pathlib.Path(name)
        if name.startswith(SKIPPED) or path.suffix not in CODE | PROSE or path.is_symlink() or not path.is_file():
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            prose = prose_of(line, path.suffix)
            # Doc comments keep their indent, so that a pattern can ask for the beginning of the comment.
            documentation = line if line.lstrip().startswith("///") else prose
            for everywhere, pattern, instead in rules:
                match = pattern.search(line if everywhere else documentation)
                if match:
                    found.append(f"{name}:{number}: \"{match[0].strip()}\" is retired; write: {instead}")
    return found


DECLARED = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*"
    r"(?:(?:package|internal|private|fileprivate|static|final|mutating|nonmutating|nonisolated)\s+)*"
    r"(?:func|let|var|struct|class|enum|typealias)\s+(\w+)")
# Requirements of protocols of other packages, which this tree never calls by name.
WITNESSES = {"body", "configuration", "run", "main", "metadata", "logLevel", "metadataProvider", "log",
             "channelRead", "channelReadComplete", "channelActive", "channelInactive", "handlerAdded",
             "handlerRemoved", "errorCaught", "userInboundEventTriggered", "channelWritabilityChanged", "write",
             "flush", "close", "read", "customMirror", "description", "debugDescription", "hash", "encode",
             "init", "discussion", "subscript", "makeIterator", "next", "responseBody", "handle", "triggerUserOutboundEvent",
             "writePending", "id", "defaultValue", "init", "callAsFunction"}


def unused(names: list[str]) -> list[str]:
    sources = [name for name in names if name.endswith(".swift") and pathlib.Path(name).is_file()]
    words, texts = collections.Counter(), {}
    for name in sources:
        texts[name] = pathlib.Path(name).read_text(encoding="utf-8")
        words.update(re.findall(r"\w+", texts[name]))
    found = []
    for name in sources:
        if not name.startswith("Sources/"):
            continue
        for number, line in enumerate(texts[name].splitlines(), 1):
            match = DECLARED.match(line)
            if match and "public" not in line and "override" not in line and words[match[1]] == 1 \
                    and match[1] not in WITNESSES and not match[1].startswith("_"):
                found.append(f"{name}:{number}: nothing uses \"{match[1]}\"; remove the declaration")
    return found


def main() -> int:
    names = tracked()
    problems = retired(names) + unused(names)
    for problem in problems:
        print(problem)
    if problems:
        print(f"{len(problems)} places need another word or can go", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
