"""Usage errors of the command line in one line, from the boxes that tyro prints."""

import re


def one_line(boxes: str) -> str:
    """State the error, what may have been meant, and where to find help.

    Args:
        boxes: What tyro printed: sections between horizontal lines. The first is a title; the second states the error.
    """
    parts = [" ".join(part.split()) for part in re.split(r"[-─]{5,}", re.sub(r"[│╭╮╰╯|+]", " ", boxes))]
    title, error, *others = [part for part in parts if part]
    error = error.replace(" (required)", "").rstrip(".:")
    if error.startswith("Expected"):
        error = f"{title}: {error[0].lower()}{error[1:]}"
    meant = [flag for part in others if part.startswith("Perhaps") for flag in re.findall(r"(?<!\S)--[\w-]+", part)]
    flags = [flag for flag in dict.fromkeys(meant) if flag != "--help"]
    hints = [f"Perhaps you meant {' or '.join(flags[:3])}."] if flags else []
    hints += [f"{part}." for part in others if part.startswith("Available")]
    helps = re.findall(r"interlect[a-z_ ]* --help", " ".join(others))
    help_command = helps[-1] if helps else "interlect --help"
    return " ".join([f"{error[0].upper()}{error[1:]}.", *hints, f"For help, run `{help_command}`."])
