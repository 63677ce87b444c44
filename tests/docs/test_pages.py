"""Links lead somewhere; the changelog and the decisions keep their form."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
KINDS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]


def prose(text: str) -> str:
    """A page without its code blocks."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(text: str) -> set[str]:
    """What a link can lead to inside a page."""
    titles = re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def dead_links(page: Path) -> list[str]:
    """Relative links of a page that lead to no file, or to no title in it."""
    dead = []
    for link in re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", prose(page.read_text())):
        target, _, anchor = link.partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        file = page.parent / target if target else page
        found = file.exists() and (not anchor or (file.suffix == ".md" and anchor in anchors(file.read_text())))
        if not found:
            dead.append(link)
    return dead


def changelog_faults(text: str, version: str) -> list[str]:
    """What is not as Keep a Changelog says."""
    wrong = [] if text.startswith("# Changelog\n") else ["the title is not Changelog"]
    titles = re.findall(r"^## (.+)$", text, re.MULTILINE)
    released = [re.fullmatch(r"\[(\d+\.\d+\.\d+)\] - \d{4}-\d{2}-\d{2}", title) for title in titles]
    wrong += [f"{t} is no version" for t, r in zip(titles, released, strict=True) if not r and t != "[Unreleased]"]
    wrong += ["[Unreleased] is not first"] if "[Unreleased]" in titles[1:] else []
    versions = [tuple(map(int, match[1].split("."))) for match in released if match]
    wrong += ["versions are not newest first"] if versions != sorted(versions, reverse=True) else []
    if versions and versions[0] > tuple(map(int, version.split("."))):
        wrong.append(f"the newest release is above {version}")
    wrong += [
        f"{kind} is no kind of change" for kind in re.findall(r"^### (.+)$", text, re.MULTILINE) if kind not in KINDS
    ]
    for section in re.split(r"^##+ ", text, flags=re.MULTILINE)[1:]:
        title, _, body = section.partition("\n")
        wrong += [f"{title} is empty"] if title in KINDS and not re.search(r"^- \S", body, re.MULTILINE) else []
    return wrong


def long_decisions(text: str) -> list[str]:
    """Decisions that are not a title and two or three lines."""
    wrong = []
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        title, *lines = [line for line in section.splitlines() if line]
        if len(lines) not in (2, 3) or not all(line.startswith("- ") for line in lines):
            wrong.append(title)
    return wrong


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    assert dead_links(page) == []


def test_every_page_of_docs_can_be_reached() -> None:
    seen, ahead = set(), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page in seen:
            continue
        seen.add(page)
        links = re.findall(r"\]\(([^)#\s]+\.md)", prose(page.read_text()))
        ahead += [(page.parent / link).resolve() for link in links if "://" not in link]
    assert set(PAGES) - seen == set()


def test_changelog_keeps_its_form() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert changelog_faults((ROOT / "CHANGELOG.md").read_text(), version) == []


def test_decisions_are_short() -> None:
    text = (ROOT / "DECISIONS.md").read_text()
    assert text.count("\n## ") > 0
    assert long_decisions(text) == []


def test_link_check_catches_dead_links(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A title\n[a](#a-title) [b](#b) [c](none.md) [d](https://example.org)\n```\n[e](code.md)\n```\n")
    assert dead_links(page) == ["#b", "none.md"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("# Changes\n", "the title is not Changelog"),
        ("# Changelog\n## 1.0\n", "1.0 is no version"),
        ("# Changelog\n## [1.0.0] - 2020-01-01\n## [Unreleased]\n", "[Unreleased] is not first"),
        ("# Changelog\n## [0.9.0] - 2020-01-01\n## [0.10.0] - 2020-02-01\n", "versions are not newest first"),
        ("# Changelog\n## [2.0.0] - 2020-01-01\n", "the newest release is above 1.0.0"),
        ("# Changelog\n## [Unreleased]\n### New\n- a\n", "New is no kind of change"),
        ("# Changelog\n## [Unreleased]\n### Added\n\n### Fixed\n- a\n", "Added is empty"),
    ],
)
def test_changelog_check_catches(text: str, fault: str) -> None:
    assert changelog_faults(text, "1.0.0") == [fault]


def test_decision_check_catches_long_ones_and_prose() -> None:
    good, long, prose = "- a\n- b\n- c\n", "- a\n- b\n- c\n- d\n", "a\nb\nc\n"
    assert long_decisions(f"# Decisions\n\n## Good\n\n{good}\n## Long\n\n{long}\n## Prose\n\n{prose}") == [
        "Long",
        "Prose",
    ]
