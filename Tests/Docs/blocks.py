"""The fenced blocks of Markdown pages, and what each asks the checker to do."""

import dataclasses
import pathlib
import re

# A comment on the line before a block: `<!-- block: WORD, OPTION=VALUE; reason -->`.
MARK = re.compile(r"^ *<!-- block: (?P<words>[^;>]*)(; (?P<reason>[^>]*))? -->$")
FENCE = re.compile(r"^(?P<indent> *)(?P<ticks>```+)(?P<info>.*)$")


@dataclasses.dataclass
class Block:
    """A fenced block with its place."""

    page: str
    line: int
    language: str
    text: str
    words: list[str]
    options: dict[str, str]
    reason: str

    @property
    def place(self) -> str:
        """The page and the line of the fence, as compilers write places."""
        return f"{self.page}:{self.line}"

    def commands(self) -> list[str]:
        """The commands of a console block, or the lines of a shell block, with their continuations."""
        lines = self.text.splitlines()
        if self.language == "console":
            # What follows a prompt and does not begin with another prompt belongs to the command, up to the output.
            commands: list[str] = []
            for line in lines:
                if line.startswith("$ "):
                    commands.append(line[2:])
                elif commands and not is_complete(commands[-1]):
                    commands[-1] += "\n" + line
            return commands
        commands = []
        for line in lines:
            if commands and not is_complete(commands[-1]):
                commands[-1] += "\n" + line
            else:
                commands.append(line)
        return [command for command in commands if command.strip() and not command.lstrip().startswith("#")]


def is_complete(command: str) -> bool:
    """Whether a command ends here: no open quote, no backslash or pipe at the end."""
    quote = ""
    skip = False
    for character in command:
        if skip:
            skip = False
        elif quote:
            skip = character == "\\" and quote == '"'
            quote = "" if character == quote else quote
        elif character == "\\":
            skip = True
        elif character in "'\"":
            quote = character
    return not quote and not command.rstrip(" ").endswith(("\\", "|", "&&"))


def of_page(path: pathlib.Path, root: pathlib.Path) -> list[Block]:
    """All blocks of a page, in order."""
    blocks, lines = [], path.read_text().splitlines()
    number = 0
    while number < len(lines):
        fence = FENCE.match(lines[number])
        number += 1
        if not fence:
            continue
        start, indent = number, len(fence["indent"])
        while number < len(lines) and lines[number].strip() != fence["ticks"]:
            number += 1
        body = [line[indent:] if not line[:indent].strip() else line for line in lines[start:number]]
        number += 1
        mark = MARK.match(lines[start - 2]) if start >= 2 else None
        words = [word.strip() for word in mark["words"].split(",")] if mark else []
        options = dict(word.split("=", 1) for word in words if "=" in word)
        blocks.append(Block(
            str(path.relative_to(root)), start, fence["info"].strip(), "\n".join(body) + "\n",
            [word for word in words if "=" not in word], options, (mark and mark["reason"]) or ""))
    return blocks
