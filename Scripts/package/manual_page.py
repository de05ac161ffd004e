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


def shared(subcommands: list[dict]) -> list[dict]:
    """The options that all of several subcommands have."""
    if len(subcommands) < 2:
        return []
    first, *others = (command["arguments"] for command in subcommands)
    return [argument for argument in first if all(argument in other for other in others)]


def typed(command: dict) -> str:
    """The positional arguments of a command, as they are typed."""
    words = []
    for argument in command["arguments"]:
        if argument["kind"] == "positional":
            word = f"<{argument['valueName']}>" + ("..." if argument["isRepeating"] else "")
            words.append(f"[{word}]" if argument["isOptional"] else word)
    return " ".join([command["commandName"], *words])


def page(tool: dict, version: str) -> str:
    """The page in the macros of man(7)."""
    command = tool["command"]
    name = command["commandName"]
    subcommands = [sub for sub in command.get("subcommands", []) if sub["commandName"] != "help"]
    own = {argument["valueName"] for argument in command["arguments"]}
    common = command["arguments"] + [each for each in shared(subcommands) if each not in command["arguments"]]
    lines = [
        f".\\\" Written from the output of {name} --experimental-dump-help.",
        f'.TH {name.upper()} 1 "" "sluice {version}" "User Commands"',
        ".SH NAME", f"{escaped(name)} \\- {escaped(command['abstract'].rstrip('.'))}",
        ".SH SYNOPSIS", f".B {escaped(name)}", ".RI [ subcommand ]", ".RI [ option ]...",
        ".SH OPTIONS", *entries(common)]
    for sub in subcommands:
        lines += [f".SH THE SUBCOMMAND {escaped(typed(sub)).upper()}", escaped(sub["abstract"]),
                  escaped(sub.get("discussion", "").strip())]
        lines += entries([
            argument for argument in sub["arguments"]
            if argument not in common and argument["valueName"] not in own])
    if discussion := command.get("discussion", "").strip():
        head, _, rest = discussion.partition("\n")
        lines += [f".SH {escaped(head.rstrip(':').upper())}", ".nf", escaped(rest), ".fi"]
    others = [other for other in ("sluice", "sluice-publish") if other != name]
    seen = [f".BR {escaped(other)} (1)," for other in others] + [".BR sluiced (8)"]
    return "\n".join([line for line in [*lines, ".SH SEE ALSO", *seen] if line]) + "\n"


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    described = subprocess.run([program, "--experimental-dump-help"], check=True, capture_output=True, text=True)
    version = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout.strip()
    sys.stdout.write(page(json.loads(described.stdout), version))


if __name__ == "__main__":
    main()
