"""Three pictures of a run: throughput against a task's duration, a payload's size, and what is pending.

Decides: which rows make a curve, and how it looks, on light and dark pages alike. Must not know: how anything was
measured. matplotlib draws them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.bench.peers import OURS, THREADS
from tests.bench.record import Run
from tests.bench.rows import ROWS

INK = "#7d8590"
"""Readable on white and on black."""
COLOURS = ("#8c959f", "#d1242f", "#bf3989", "#1f883d", "#bf8700", "#8250df", "#0969da", "#bc4c00")
STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "checkedpool",
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


@dataclass(frozen=True)
class Panel:
    """One diagram: a title, where each row stands on the horizontal axis, and what the axes say."""

    title: str
    places: dict[str, float]
    across: str
    up: str
    but: str = ""
    """The peer that is left out."""


DURATION = Panel(
    "", {"task-10us": 1e-5, "task-100us": 1e-4, "task-1ms": 1e-3, "task-10ms": 1e-2}, "seconds of a task", "tasks/s"
)
PENDING = Panel("", {"pending-1k": 1e3, "tiny-2": 1e4, "pending-100k": 1e5}, "tasks pending", "tasks/s")
SIZES = {"1k": 1e3, "64k": 6.4e4, "100k": 1e5, "300k": 3e5, "1m": 1e6, "16m": 1.6e7}
PAYLOADS = [
    Panel(
        f"{verb}, {noun}",
        {f"{noun}-{verb}-{size}": value for size, value in SIZES.items()},
        "bytes",
        "MB/s",
        but=THREADS,  # copy nothing: they would press all others together
    )
    for noun in ("bytes", "array")
    for verb in ("send", "echo")
]
PICTURES = {"duration": [DURATION], "payload": PAYLOADS, "pending": [PENDING]}


def write(run: Run, directory: Path) -> None:
    """Draw those for which there are rows."""
    matplotlib = import_module("matplotlib")
    matplotlib.use("svg")
    plots = import_module("matplotlib.pyplot")
    with matplotlib.rc_context(STYLE):
        for name, panels in PICTURES.items():
            figure = plots.figure(figsize=(7.6, 3.2 * -(-len(panels) // 2)), layout="constrained")
            grid = figure.subplots(-(-len(panels) // 2), min(2, len(panels)), sharey=True, squeeze=False)
            for panel, axis in zip(panels, grid.flat, strict=True):
                _draw(run, panel, axis)
            handles, labels = grid.flat[0].get_legend_handles_labels()
            figure.legend(handles, labels, loc="outside right upper", frameon=False)
            about = {"Date": None, "Creator": None}
            figure.savefig(directory / f"bench-{name}.svg", transparent=True, metadata=about)
            plots.close(figure)


def _draw(run: Run, panel: Panel, axis: Any) -> None:
    axis.set(title=panel.title, xscale="log", yscale="log", xlabel=panel.across, ylabel=panel.up)
    axis.minorticks_off()
    axis.grid(visible=True, color=INK, alpha=0.2, linewidth=0.5)
    for peer, colour in zip(run.peers, COLOURS, strict=False):
        if peer == panel.but:
            continue
        points = list(_curve(run, panel, peer))
        bold = {"linewidth": 2.6, "zorder": 3} if peer == OURS else {"linewidth": 1.3}
        across, up = [place for place, _ in points], [value for _, value in points]
        axis.plot(across, up, marker="o", markersize=3.5, color=colour, label=peer, **bold)


def _curve(run: Run, panel: Panel, peer: str) -> Iterator[tuple[float, float]]:
    for row, place in panel.places.items():
        cost = run.lines[row].cells[peer].cost if row in run.lines else None
        if cost:
            yield place, ROWS[row].unit.of(cost)
