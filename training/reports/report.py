"""report.html: one page that says how a team learned, what its symbols mean, and what they are worth."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ...envs.core.example_episode import ExampleEpisode
from ...protocols.analysis.language import FactTable, percent
from ...protocols.analysis.messages import LISTED
from ...protocols.analysis.trees import Tree, spoken
from ...protocols.common.files import write_bytes
from ..runs.evaluate import DEAF
from ..runs.figures import decimals
from .charts import Mark, learning_curve, score_bars
from .code import TITLE
from .code import rows as code_rows
from .code import sentence as code_sentence
from .drawings import scene_svg, tree_svg
from .study import MOST_ROWS, Study
from .style import STYLE

Row = Mapping[str, Any]

MOST_COLUMNS = 16
"""Symbols beyond which the tables of facts would be too wide."""
BITS = "Bits: mutual information of message and fact, of the message's entropy (plug-in; exact for all episodes)."
KINDS = {"exact": "exact", "best_found": "best found", "reference": "a reference"}
TILES = {
    "normalized_return": "of the oracle's return",
    "communication_gain": "0: best without, 1: oracle",
    "updates": "optimizer steps",
    "episodes": "played in training",
    "environment_steps": "joint, one an episode's step",
    "cpu_seconds": "of training",
}
EFFECTS = {
    "normal": "everything as it was said",
    "silent": "nobody hears anything",
    "constant": "every message is the same one",
    "shuffled": "messages change places between episodes",
}


def report(
    path: Path,
    config: Row,
    metrics: Sequence[Row] | Sequence[Sequence[Row]],
    result: Row,
    study: Study | None,
    interventions: Mapping[str, Row],
    example_episodes: Sequence[ExampleEpisode],
) -> Path:
    """Write one self-contained page; what was not measured is left out, and the page says so.

    Args:
        path: of the HTML file; it is replaced as a whole.
        config: the run's settings, as config.json says them.
        metrics: rows of the learning curve (``updates``, ``episodes``, ``normalized_return``), of one run or of
            several.
        result: as result.json says it.
        study: of the team's language; None for messages that cannot be counted.
        interventions: results with the channel silenced, shuffled and so on, by name.
        example_episodes: episodes to draw.

    Returns:
        ``path``.

    Raises:
        OSError: if it cannot be written.
    """
    parts = [
        _head(config, result),
        _meanings(study),
        _learning(_runs(metrics), result),
        _protocol(study),
        _episodes(example_episodes),
        _worth(config, interventions, result),
        _settings(config, result),
    ]
    title = escape(_title(config, result))
    page = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{STYLE}</style>
</head>
<body>
{"".join(parts)}
<footer>Written by interlect {escape(version("interlect"))}.</footer>
</body>
</html>
"""
    write_bytes(path, page.encode())
    return path


def headline(result: Row) -> str:
    """What the team is worth, in one or two sentences."""
    oracle, no_communication, between = (
        result.get("oracle"),
        result.get("no_communication"),
        result.get("communication_gain"),
    )
    if result.get("return_mean") is None:
        return "This run has no result yet."
    words = f"Not at its end: stopped at update {result['updates']:,}. " if result.get("stopped") else ""
    words += f"The team earns {_number(result['return_mean'])} an episode"
    if oracle and result.get("normalized_return") is not None:
        words += f", {_number(result['score'])} of what the oracle earns ({_bar(oracle)})"
    if no_communication:
        words += f". The best team without communication earns {_bar(no_communication)}"
    if between is not None:
        where = "below that" if between < 0 else f"{percent(between)} of the way from there to the oracle"
        words += f"; this one is {where} (communication {_number(between)})"
    elif result.get("communication_gain_reason"):
        words += f". There is no measure of communication: {result['communication_reason']}"
    return f"{words}."


def _head(config: Row, result: Row) -> str:
    shown = [
        f"<div><dt>{escape(spoken(name))}</dt><dd>{_number(result[name])}<small>{escape(about)}</small></dd></div>"
        for name, about in TILES.items()
        if name in result
    ]
    return (
        f'<header><p class="kicker">{escape(_setting(config, result))}</p><h1>{escape(_title(config, result))}</h1>'
        f'<p class="lead">{escape(headline(result))}</p>{_how(result)}'
        f'{f"""<dl class="tiles">{"".join(shown)}</dl>""" if shown else ""}</header>'
    )


def _title(config: Row, result: Row) -> str:
    said = {**config.get("settings", config), **result}
    return f"{said.get('recipe', 'A team')} on {said.get('game', 'a game')}"


def _setting(config: Row, result: Row) -> str:
    said = {**config.get("settings", config), **result}
    shared = {True: "shared parameters", False: "parameters of their own", None: None}[said.get("shared")]
    words = [f"{said['agents']} agents" if "agents" in said else None, shared]
    words += [f"seed {said['seed']}" if "seed" in said else None]
    words += ["trained in silence" if said.get("silent") else None]
    return " · ".join(filter(None, words))


def _how(result: Row) -> str:
    if not result.get("how"):
        return ""
    error = result.get("standard_error")
    spread = f" Standard error of the return: {error:.1e}." if error else ""
    return f'<p class="note">How the return was obtained: {escape(str(result["how"]))}.{spread}</p>'


def _meanings(study: Study | None) -> str:
    if study is None:
        return _section(
            "What the symbols mean", "<p>These messages are numbers, not symbols: there is no table of them.</p>"
        )
    items = []
    for sentence in study.sentences:
        symbol, _, words = sentence.partition(": ")
        place = study.symbols.index(symbol) % 6 if symbol in study.symbols else 0
        items.append(f'<li><b class="choice{place}">{escape(symbol)}</b><span>{_code(words)}</span></li>')
    read = f"Read from {study.population}: {study.messages:,} messages that somebody could hear."
    note = f'<p class="note">{escape(read)}{f" {escape(study.used)}" if study.used else ""}</p>'
    warning = f'<p class="warn">{escape(study.hearing)}</p>' if study.hearing else ""
    return _section("What the symbols mean", f'{note}{warning}<ul class="meanings">{"".join(items)}</ul>')


def _learning(runs: list[Sequence[Row]], result: Row) -> str:
    label = f"Learning curve: score against updates, {len(runs)} run{'s' if len(runs) != 1 else ''}; " + _ended(runs)
    svg = learning_curve(runs, _marks(result), label)
    if svg is None:
        return _section("How it learned", "<p>No learning curve was recorded.</p>")
    some = f"{len(runs)} runs, one thin line each; the thick line is their median. " if len(runs) > 1 else ""
    last = [run[-1] for run in runs if run]
    counted = {(row.get("updates"), row.get("episodes"), row.get("environment_steps")) for row in last}
    ends = ""
    if len(counted) == 1:
        updates, episodes, steps = counted.pop()
        ends = ", ".join(
            f"{number:,} {name}"
            for number, name in ((updates, "updates"), (episodes, "episodes"), (steps, "environment steps"))
            if number is not None
        )
    caption = f"{some}The right end is at {ends}." if ends else some
    return _section("How it learned", _figure(svg, caption))


def _ended(runs: Sequence[Sequence[Row]]) -> str:
    scores = [run[-1].get("normalized_return") for run in runs if run]
    return "last scores " + ", ".join(_number(normalized_return) for normalized_return in scores)


def _protocol(study: Study | None) -> str:
    if study is None:
        return ""
    body = _code_table(study)
    why = f"More than {LISTED} messages: too many for a tree." if len(study.symbols) > LISTED else "Nothing was said."
    for title, tree in (("message", study.message_tree), ("action", study.action_tree)):
        body += f"<h3>Decision tree for the {title}</h3>" + (_tree(tree, title) if tree else f"<p>{why}</p>")
    if len(study.symbols) <= MOST_COLUMNS:
        tables = "".join(f"<div>{_fact_table(facts, study.symbols)}</div>" for facts in study.facts)
        body += f'<h3>Symbols and facts</h3><p class="note">{BITS}</p><div class="columns">{tables}</div>'
    if study.compositionality:
        head, *rows = code_rows(study.compositionality)
        body += f"<h3>Compositionality</h3><p>{escape(code_sentence(study.compositionality))}</p>"
        body += _table(TITLE, head, rows, range(1, len(head)))
    return _section("The protocol", body)


def _fact_table(facts: FactTable, symbols: Sequence[str]) -> str:
    name = spoken(facts.fact)
    rows = [(str(v), *(f"{n:,}" for n in row)) for v, row in zip(facts.values, facts.counts.tolist(), strict=True)]
    caption = f"{name}: {facts.bits:.2f} of {facts.of_bits:.2f} bits"
    return _table(caption, (name, *(f"sent {symbol}" for symbol in symbols)), rows, range(1, len(symbols) + 1))


def _code_table(study: Study) -> str:
    code, symbols = study.code, study.symbols
    head = [f'<th scope="col">{escape(spoken(name))}</th>' for name in code.by[:-1]]
    head += [f'<th scope="col">{escape(study.clock)} {time}</th>' for time in code.times]
    rows = []
    for r, words in enumerate(code.rows[:MOST_ROWS]):
        cells = "".join(f'<th scope="row">{escape(word)}</th>' for word in words)
        for column in range(len(code.times)):
            said = code.said(r, column, symbols)
            kind = f"cell choice{symbols.index(said[0][0]) % 6}" if said else "cell none"
            shares = [f" <small>{percent(share)}</small>" if len(said) > 1 else "" for _, share in said]
            text = ", ".join(f"<b>{escape(name)}</b>{share}" for (name, _), share in zip(said, shares, strict=True))
            cells += f'<td class="{kind}">{text or "·"}</td>'
        rows.append(f"<tr>{cells}</tr>")
    cut = f" The first {MOST_ROWS} of {len(code.rows)} situations." if len(code.rows) > MOST_ROWS else ""
    caption = f"What is said, by what the sender knows.{cut}"
    top, lines = "".join(head), "".join(rows)
    table = f"<table><caption>{caption}</caption><thead><tr>{top}</tr></thead><tbody>{lines}</tbody></table>"
    return f'<div class="scroll">{table}</div><p class="note">A dot: it never came to this.</p>'


def _tree(tree: Tree, title: str) -> str:
    svg = tree_svg(tree, f"Decision tree for the {title}. {tree.summary()} The same tree follows as text.")
    drawn = _figure(svg, tree.summary(), "") if svg else f"<p>{escape(tree.summary())} It is too large to draw.</p>"
    opened = "" if svg else " open"
    return f"{drawn}<details{opened}><summary>The tree as text</summary><pre>{escape(tree.text())}</pre></details>"


def _episodes(example_episodes: Sequence[ExampleEpisode]) -> str:
    if not example_episodes:
        return _section("Episodes", "<p>No episode was recorded.</p>")
    body = '<p class="note">Blue: who is in the room, between what it hears and what it says. Filled: has visited.</p>'
    for example in example_episodes:
        scenes = "".join(
            f"<li><h4>{escape(scene.step)}</h4>{scene_svg(scene)}{escape(scene.text)}</li>" for scene in example.scenes
        )
        body += f'<h3>{escape(example.title)}</h3><ol class="scenes">{scenes}</ol>'
    return _section("Episodes, step by step", body)


def _worth(config: Row, interventions: Mapping[str, Row], result: Row) -> str:
    if config.get("settings", config).get("silent"):
        return _section("What the channel is worth", f"<p>{escape(DEAF)}</p>")
    everything: dict[str, Row] = {"normal": interventions.get("normal", result), **interventions}
    scores = {
        name: row["normalized_return"] for name, row in everything.items() if row.get("normalized_return") is not None
    }
    if len(scores) < 2:
        return _section("What the channel is worth", "<p>The team was not played with its channel disturbed.</p>")
    costs = {
        name: scores["normal"] - normalized_return
        for name, normalized_return in scores.items()
        if name != "normal" and "normal" in scores
    }
    words = "; ".join(f"{name} ({EFFECTS.get(name, 'changed')}) costs {_number(cost)}" for name, cost in costs.items())
    spoken_scores = ", ".join(f"{name} {_number(normalized_return)}" for name, normalized_return in scores.items())
    marks = _marks(result)
    lines = " and ".join(f"{mark.name} at {_number(mark.normalized_return)}" for mark in marks)
    svg = score_bars(
        scores, marks, f"Scores with the channel disturbed: {spoken_scores}. Dashed lines: {lines or 'none'}."
    )
    rows = (
        (
            name,
            EFFECTS.get(name, "–"),
            _number(row.get("normalized_return")),
            _number(costs.get(name)),
            str(row.get("how") or "–"),
        )
        for name, row in everything.items()
    )
    table = _table(
        "", ("channel", "what is done", "normalized_return", "cost", "how it was obtained"), rows, numbers=(2, 3)
    )
    first = f"<p>Of the score, {escape(words)}.</p>" if words else ""
    caption = f"Dashed: {lines}." if lines else ""
    return _section("What the channel is worth", first + _figure(svg, caption) + table)


def _settings(config: Row, result: Row) -> str:
    settings = dict(_flat(config.get("settings", config)))
    chosen = ((name, f"{value:g}" if isinstance(value, float) else str(value)) for name, value in settings.items())
    found = ((name, _number(value)) for name, value in _flat(result) if name not in settings)
    left = _table("Settings", ("setting", "value"), chosen)
    if config.get("versions"):
        left += _table("Versions", ("package", "version"), _flat(config["versions"]))
    right = _table("Result", ("name", "value"), found)
    return _section(
        "Settings, and how values were obtained", f'<div class="columns"><div>{left}</div><div>{right}</div></div>'
    )


def _marks(result: Row) -> list[Mark]:
    oracle, no_communication = result.get("oracle"), result.get("no_communication")
    if not oracle or oracle["value"] <= 0:
        return []
    marks = [Mark(f"oracle ({_kind(oracle)})", 1.0)]
    if no_communication:
        marks.append(
            Mark(f"best without communication ({_kind(no_communication)})", no_communication["value"] / oracle["value"])
        )
    return marks


def _runs(metrics: Sequence[Row] | Sequence[Sequence[Row]]) -> list[Sequence[Row]]:
    one: list[Row] = [row for row in metrics if isinstance(row, Mapping)]
    many: list[Sequence[Row]] = [run for run in metrics if not isinstance(run, Mapping)]
    return [one, *many] if one else many


def _flat(values: Row, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], numbers: Container[int] = ()) -> str:
    kinds = [' class="number"' if column in numbers else "" for column in range(len(head))]
    top = "".join(f'<th scope="col"{kind}>{escape(name)}</th>' for name, kind in zip(head, kinds, strict=True))
    lines = []
    for first, *rest in rows:
        cells = "".join(f"<td{kind}>{escape(cell)}</td>" for cell, kind in zip(rest, kinds[1:], strict=True))
        lines.append(f'<tr><th scope="row">{escape(first)}</th>{cells}</tr>')
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    return (
        f'<div class="scroll"><table>{title}<thead><tr>{top}</tr></thead><tbody>{"".join(lines)}</tbody></table></div>'
    )


def _figure(svg: str, caption: str, kind: str = "chart") -> str:
    words = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f'<figure class="{kind}"><div class="scroll">{svg}</div>{words}</figure>'


def _section(title: str, body: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{body}</section>"


def _code(words: str) -> str:
    """Escaped, with what stands between backticks as code."""
    pieces = escape(words).split("`")
    return "".join(f"<code>{piece}</code>" if place % 2 else piece for place, piece in enumerate(pieces))


def _bar(bar: Row) -> str:
    return f"{_number(bar['value'])}, {_kind(bar)}"


def _kind(bar: Row) -> str:
    return KINDS.get(bar.get("kind", ""), str(bar.get("kind", "kind not stated")))


def _number(value: Any) -> str:
    """Four decimals, thousands separated; a dash for what is not there."""
    if value is None:
        return "–"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, float):
        small = value != 0 and abs(value) < 0.001
        return f"{value:.2g}" if small else f"{value:,.1f}" if abs(value) >= 10 else decimals(value)
    return f"{value:,}"
