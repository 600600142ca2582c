"""Horizontal bar charts as SVG, from plain numbers, without any dependency.

A chart is a title and some panels; a panel has a unit and a scale of its own.

  panels = [Panel("Wall time, warm", "ms", [Bar("node", 3.1, 3.0, 3.3), Bar("bun", 6.2)])]
  pathlib.Path("startup.svg").write_text(chart("hello", panels, note="lower is better"))

Bars show the value, and as a thin line the range from `low` to `high` where
given. The colours hold on white and on black pages, and the file follows the
reader's preference where its viewer tells it.
"""

import dataclasses
import typing
from xml.sax.saxutils import escape

WIDTH = 720
LABEL_WIDTH = 170
VALUE_WIDTH = 110
BAR_HEIGHT = 18
BAR_STEP = 26

STYLE = """
  text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #3d444d }
  .title { font-size: 17px; font-weight: 600 }
  .panel { font-weight: 600 }
  .note { font-size: 12px; fill: #6e7781 }
  .bar { fill: #8c959f }
  .ours { fill: #2f81f7 }
  .range { stroke: #3d444d; stroke-width: 1.5 }
  .axis { stroke: #8c959f; stroke-width: 1 }
  @media (prefers-color-scheme: dark) {
    text { fill: #d1d7e0 } .note { fill: #9198a1 } .bar { fill: #656c76 } .range { stroke: #d1d7e0 }
  }
"""


@dataclasses.dataclass
class Bar:
    label: str
    value: float
    low: typing.Optional[float] = None
    high: typing.Optional[float] = None
    ours: bool = False


@dataclasses.dataclass
class Panel:
    title: str
    unit: str
    bars: typing.List[Bar]


def chart(title, panels, note=""):
    """The whole SVG document as a string."""
    parts = []
    y = 30
    parts.append(_text(12, y, title, "title"))
    if note:
        y += 20
        parts.append(_text(12, y, note, "note"))
    y += 14
    for panel in panels:
        y += 24
        parts.append(_text(12, y, f"{panel.title} ({panel.unit})", "panel"))
        y += 10
        parts += _panel(panel, y)
        y += BAR_STEP * len(panel.bars)
    height = y + 14
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
            f'viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title, {chr(34): "&quot;"})}">\n'
            f"<style>{STYLE}</style>\n" + "\n".join(parts) + "\n</svg>\n")


def _panel(panel, top):
    largest = max([max(bar.value, bar.high or 0) for bar in panel.bars], default=0) or 1
    scale = (WIDTH - LABEL_WIDTH - VALUE_WIDTH) / largest
    parts = []
    for i, bar in enumerate(panel.bars):
        y = top + i * BAR_STEP
        middle = y + BAR_HEIGHT / 2
        baseline = middle + 4.5
        end = LABEL_WIDTH + bar.value * scale
        parts.append(_text(LABEL_WIDTH - 8, baseline, bar.label, anchor="end"))
        parts.append(f'<rect class="bar{" ours" if bar.ours else ""}" x="{LABEL_WIDTH}" y="{y}" '
                     f'width="{max(bar.value * scale, 1):.1f}" height="{BAR_HEIGHT}" rx="2"/>')
        if bar.low is not None and bar.high is not None:
            low, high = (LABEL_WIDTH + v * scale for v in (bar.low, bar.high))
            parts.append(f'<line class="range" x1="{low:.1f}" x2="{high:.1f}" y1="{middle}" y2="{middle}"/>')
            end = max(end, high)
        parts.append(_text(end + 8, baseline, _number(bar.value)))
    bottom = top + BAR_STEP * len(panel.bars) - (BAR_STEP - BAR_HEIGHT)
    parts.append(f'<line class="axis" x1="{LABEL_WIDTH}" x2="{LABEL_WIDTH}" y1="{top - 3}" y2="{bottom + 3}"/>')
    return parts


def _text(x, y, text, style="", anchor=""):
    attributes = (f' class="{style}"' if style else "") + (f' text-anchor="{anchor}"' if anchor else "")
    return f'<text x="{x:.1f}" y="{y:.1f}"{attributes}>{escape(text)}</text>'


def _number(value):
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
