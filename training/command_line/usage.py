"""Usage errors of the command line in one line, from the boxes that tyro prints."""

import re
from collections.abc import Collection, Sequence

from ...protocols.common.errors import did_you_mean, invalid, unknown

KINDS = {"invalid literal for int()": "an integer", "could not convert string to float": "a number"}
"""What a value must be, by how Python's error about it begins."""


def one_line(boxes: str, words: Sequence[str], commands: Collection[str]) -> str:
    """State the error, what may have been meant, and where to find help.

    Args:
        boxes: What tyro printed: sections between horizontal lines. The first is a title; the second states the error.
        words: The words of the command line after ``interlect``.
        commands: The names of all commands.
    """
    command = _command(words, commands)
    sections = re.split(r"[-─]{5,}", re.sub(r"[│╭╮╰╯|+]", " ", boxes))
    parts = [text for text in (" ".join(section.split()) for section in sections) if text]
    return f"{_sentence(command, parts, boxes, words, commands)} For help, run `{command} --help`."


def _command(words: Sequence[str], commands: Collection[str]) -> str:
    """The command with its subcommand, such as "interlect train dial"."""
    named = [word for word in words[:1] if word in commands]
    if named == ["train"]:
        named += [word for word in words[1:2] if not word.startswith("-")]
    return " ".join(["interlect", *named])


def _sentence(command: str, parts: Sequence[str], boxes: str, words: Sequence[str], commands: Collection[str]) -> str:
    """The error and its remedy, in the words of this package."""
    title, error = parts[0], parts[1].replace(" (required)", "").replace("``", "`").rstrip(".:")
    if title.startswith("Unrecognized"):
        names = re.findall(r"(\S+) \(applied to", error) or error.partition(": ")[2].split(", ")
        if command == "interlect" and not names[0].startswith("-"):
            return str(unknown("command", names[0], commands))
        return f"`{command}` does not accept {' '.join(names)}.{_suggestion(command, boxes)}"
    if found := re.fullmatch(r"Expected one of \{(.*)\}", error):
        return f"`{command}` needs a {'recipe' if command.endswith('train') else 'command'}: {found[1]}."
    if found := re.fullmatch(r"Missing from interlect.*?: (\S+) (.)(.*)", error):
        return f"`{command}` needs {found[1]}: {found[2].lower()}{found[3]}."
    if found := re.match(r"Missing value for argument '(\S+)'", error):
        return f"{found[1]} must be followed by a value. Pass {found[1]} VALUE."
    if found := re.fullmatch(r"[Ii]nvalid choice '(.*)' for argument '(\S+)'. Expected one of \((.*?),?\)", error):
        guess = did_you_mean(found[1], re.findall(r"'([^']*)'", found[3])).strip()
        return str(invalid(f"{found[2]} must be one of {found[3]}", found[1], guess or "Pass one of them."))
    if found := re.fullmatch(r"Error parsing (\S+): (.*)", error):
        for begins, kind in KINDS.items():
            if found[2].startswith(begins):
                value = found[2].partition(": ")[2].strip("'\"")
                return str(invalid(f"{found[1]} must be {kind}", value, f"Pass {kind}."))
        if "key-value pairs" in found[2]:
            rule, remedy = f"{found[1]} must be pairs of a name and a value", f"Pass, for example, {found[1]} values 5."
            return str(invalid(rule, _values(found[1], words), remedy))
    return f"{error}."


def _suggestion(command: str, boxes: str) -> str:
    """A question with the similar flags of the same command, after a space; empty if there are none."""
    flags: list[str] = []
    flag = ""
    for line in boxes.splitlines():
        if found := re.match(r"\W {5}(--[\w-]+)", line):
            flag = found[1]
        elif re.match(rf"\W {{9}}in {command} --help", line):
            flags.append(flag)
    return f" Did you mean {' or '.join(dict.fromkeys(flags[:3]))}?" if flags else ""


def _values(flag: str, words: Sequence[str]) -> str:
    """The words that follow a flag."""
    after = words[words.index(flag) + 1 :] if flag in words else []
    last = next((place for place, word in enumerate(after) if word.startswith("--")), len(after))
    return " ".join(after[:last])
