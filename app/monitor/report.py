"""The backtest as one HTML file that needs nothing else: tables, and plots that are read without colour."""

import html
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.monitor.backtest import HOMES_A_DEVELOPER, LEVELS, PLANTED_SHARE, PREMIUMS, SIZES, Backtest
from app.monitor.check import Settings

WIDTH: Final = 640
HEIGHT: Final = 320
MARGIN: Final = 56
DASHES: Final = {"home": "none", "development": "8 5", "developer": "2 4"}
SHAPES: Final = {
    "home": "m-5 -5h10v10h-10z",
    "development": "m0 -7l7 7l-7 7l-7 -7z",
    "developer": "m0 -6l6 11h-12z",
}
"""Square, diamond, triangle."""

STYLE: Final = (
    "body{font:18px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#111}"
    "table{border-collapse:collapse;margin:1rem 0}caption{text-align:left;font-weight:bold}"
    "th,td{border:1px solid #777;padding:.25rem .6rem;text-align:right}th:first-child{text-align:left}"
    ".wide{overflow-x:auto}figure{margin:1rem 0}svg{max-width:100%;height:auto}code{overflow-wrap:anywhere}"
)


@dataclass(frozen=True)
class Origin:
    """Where a report comes from: the file, its SHA-256, and the version of the rule."""

    file: str
    sha256: str
    rule_version: int


def html_report(measured: Backtest, origin: Origin, settings: Settings) -> str:
    """Return the report as a whole HTML page."""
    title = "What the price monitor finds of planted premiums"
    parts = [
        f"<h1>{title}</h1>",
        _how_made(measured, settings),
        _table("Forecasts of the untouched sales", WINDOW_HEADER, window_rows(measured)),
        _plot("Found, of the dear ones", 1.0, {level: _recalls(measured, level) for level in LEVELS}),
        _plot("False, of the flagged", 0.3, {level: _rates(measured, level) for level in LEVELS}),
        _table("Planted premiums, all windows and draws", SUMMARY_HEADER, summary_rows(measured)),
        _table("Found by number of homes listed", SIZE_HEADER, size_rows(measured)),
        _origin(origin),
    ]
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head><body><main>{''.join(parts)}</main></body></html>\n"
    )


WINDOW_HEADER: Final = (
    "Window",
    "Cash sales before",
    "Listings",
    "Tested",
    "95% interval holds",
    "Median error",
    "Mean error",
    "Seconds per 10,000",
)
SUMMARY_HEADER: Final = ("Level and premium", "Planted", "Found", "False", "False a draw", "Interval holds")
SIZE_HEADER: Final = (
    "Level and premium",
    *(f"{low} to {high - 1}" if high > low + 1 else f"{low}" for low, high in itertools.pairwise(SIZES)),
    f"{SIZES[-1]} or more",
)


def window_rows(measured: Backtest) -> list[Sequence[str]]:
    """Return the rows of WINDOW_HEADER, the latest window first."""
    return [
        (
            f"{window.begin} to {window.end}",
            f"{window.sales}",
            f"{window.listings}",
            f"{window.tested}",
            f"{window.coverage:.1%}",
            f"{window.median_error:.2%}",
            f"{window.bias:+.2%}",
            f"{window.seconds:.1f}",
        )
        for window in measured.windows
    ]


def summary_rows(measured: Backtest) -> list[Sequence[str]]:
    """Return the rows of SUMMARY_HEADER, level by level."""
    rows: list[Sequence[str]] = []
    for level in LEVELS:
        for premium in PREMIUMS:
            one = measured.summary(level, premium)
            rows.append(
                (
                    f"{level} {premium:.0%}",
                    f"{one.planted}",
                    _percent(one.recall),
                    _percent(one.false_discovery_rate),
                    f"{one.false_alarms:.1f}",
                    _percent(one.coverage),
                )
            )
    return rows


def size_rows(measured: Backtest) -> list[Sequence[str]]:
    """Return the rows of SIZE_HEADER for groups; a dash is a size that no dear group had."""
    return [
        (f"{level} {premium:.0%}", *map(_percent, measured.summary(level, premium).recall_by_size))
        for level in LEVELS[1:]
        for premium in PREMIUMS[1:]
    ]


def _how_made(measured: Backtest, settings: Settings) -> str:
    plan = measured.plan
    return (
        f"<p>The sales of {len(measured.windows)} windows of time were forecast from the sales before each, "
        "and judged as if they were listings. They were paid in cash, so every premium found in them is "
        f"false. Then, in {plan.draws} draws a window (seed {plan.seed}), developments were put together in "
        f"random order into made-up developers of {HOMES_A_DEVELOPER} homes or more, and the prices of "
        f"{PLANTED_SHARE:.0%} of these developers were raised.</p>"
        f"<p>The tests ask for a premium above {settings.materiality:.0%}, and aim at {settings.rate:.0%} "
        "false among the flagged. &ldquo;Found&rdquo; is the share of the raised ones that were flagged; "
        "&ldquo;false&rdquo; the share of untouched ones among the flagged, the mean of the draws.</p>"
    )


def _origin(origin: Origin) -> str:
    return (
        f"<p>Made from <code>{html.escape(origin.file)}</code>, SHA-256 <code>{origin.sha256}</code>, "
        f"rule version {origin.rule_version}.</p>"
    )


def _recalls(measured: Backtest, level: str) -> list[float]:
    return [measured.summary(level, premium).recall or 0.0 for premium in PREMIUMS[1:]]


def _rates(measured: Backtest, level: str) -> list[float]:
    return [measured.summary(level, premium).false_discovery_rate for premium in PREMIUMS[1:]]


def _table(caption: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in header)
    body = "".join(
        f'<tr><th scope="row">{html.escape(first)}</th>'
        + "".join(f"<td>{html.escape(cell)}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in rows
    )
    return (
        f'<div class="wide"><table><caption>{html.escape(caption)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _plot(title: str, top: float, lines: Mapping[str, Sequence[float]]) -> str:
    """Return a line for each level over the premiums, told apart by dashes and by the shape of its points."""
    right = WIDTH - MARGIN
    along = [MARGIN + (right - MARGIN) * premium / PREMIUMS[-1] for premium in PREMIUMS[1:]]
    drawn = [f'<text x="{MARGIN}" y="20" font-weight="bold">{html.escape(title)}</text>']
    for step in range(5):
        height = _height(step / 4)
        drawn.append(f'<path d="M{MARGIN} {height:.1f}H{right}" stroke="#ccc"/>')
        drawn.append(
            f'<text x="{MARGIN - 8}" y="{height + 5:.1f}" text-anchor="end">{top * step / 4:.1%}</text>'
        )
    for x, premium in zip(along, PREMIUMS[1:], strict=True):
        drawn.append(f'<text x="{x:.1f}" y="{HEIGHT - 30}" text-anchor="middle">{premium:.0%}</text>')
    middle = (MARGIN + right) / 2
    drawn.append(f'<text x="{middle:.0f}" y="{HEIGHT - 8}" text-anchor="middle">planted premium</text>')
    for number, (level, shares) in enumerate(lines.items()):
        points = [(x, _height(min(share / top, 1.0))) for x, share in zip(along, shares, strict=True)]
        drawn.append(_line(points, DASHES[level], SHAPES[level]))
        at = MARGIN + 180 * number
        drawn.append(_line([(at, 40), (at + 40, 40)], DASHES[level], SHAPES[level]))
        drawn.append(f'<text x="{at + 50}" y="45">{level}</text>')
    return (
        f'<figure><svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'aria-label="{html.escape(title)}; the table below has the figures" font-size="15">'
        f"{''.join(drawn)}</svg></figure>"
    )


def _line(points: Sequence[tuple[float, float]], dashes: str, shape: str) -> str:
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    line = f'<path d="M{path}" fill="none" stroke="#111" stroke-width="2" stroke-dasharray="{dashes}"/>'
    return line + "".join(
        f'<path d="M{x:.1f} {y:.1f}{shape}" fill="#fff" stroke="#111" stroke-width="2"/>' for x, y in points
    )


def _height(share: float) -> float:
    return HEIGHT - 56 - (HEIGHT - 56 - 64) * share


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"
