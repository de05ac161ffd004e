"""Prints the manual page of a program that uses swift-argument-parser, from the description that the program gives of
itself: manual_page.py PROGRAM."""

import json
import pathlib
import subprocess
import sys


def escaped(text: str) -> str:
    """Text in which roff sees no escape, no macro and no dash that may be hyphenated."""
    lines = text.replace("\\", "\\e").replace("-", "\\-").splitlines()
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in lines)


def names(argument: dict) -> str:
    """The names of an option as it is typed, with its value."""
    typed = ", ".join(("-" if name["kind"] == "short" else "--") + name["name"] for name in argument["names"])
    return typed + (f" {argument['valueName']}" if argument["kind"] == "option" else "")


def entries(arguments: list[dict]) -> list[str]:
    """The options under the titles of their groups."""
    lines, title = [], None
    for argument in arguments:
        if not argument["shouldDisplay"] or argument["kind"] == "positional":
            continue
        if (group := argument.get("sectionTitle")) != title:
            title = group
            lines.append(f".SS {escaped(title or 'Other options')}")
        text = argument.get("abstract", "").rstrip()
        if default := argument.get("defaultValue"):
            text += f" The default is {default}."
        lines += [".TP", f".B {escaped(names(argument))}", escaped(text)]
    return lines


def page(tool: dict, version: str) -> str:
    """The page in the macros of man(7)."""
    command = tool["command"]
    name = command["commandName"]
    lines = [
        f".\\\" Written from the output of {name} --experimental-dump-help.",
        f'.TH {name.upper()} 1 "" "sluice {version}" "User Commands"',
        ".SH NAME", f"{escaped(name)} \\- {escaped(command['abstract'].rstrip('.'))}",
        ".SH SYNOPSIS", f".B {escaped(name)}", ".RI [ subcommand ]", ".RI [ option ]...",
        ".SH OPTIONS", *entries(command["arguments"])]
    for sub in command.get("subcommands", []):
        if sub["commandName"] == "help":
            continue
        own = {argument["valueName"] for argument in command["arguments"]}
        lines += [f".SH THE SUBCOMMAND {escaped(sub['commandName']).upper()}", escaped(sub["abstract"]),
                  escaped(sub.get("discussion", "").strip())]
        more = [argument for argument in sub["arguments"] if argument["valueName"] not in own]
        if more:
            lines += entries(more)
    if discussion := command.get("discussion", "").strip():
        head, _, rest = discussion.partition("\n")
        lines += [f".SH {escaped(head.rstrip(':').upper())}", ".nf", escaped(rest), ".fi"]
    return "\n".join([*lines, ".SH SEE ALSO", ".BR sluiced (8)"]) + "\n"


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    described = subprocess.run([program, "--experimental-dump-help"], check=True, capture_output=True, text=True)
    version = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout.strip()
    sys.stdout.write(page(json.loads(described.stdout), version))


if __name__ == "__main__":
    main()
