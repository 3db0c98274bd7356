"""The chart: how many times better than the best peer, one bar per work, on a logarithmic scale."""

import math
from html import escape

WIDTH, LABELS, LINE, TOP, BOTTOM = 1000, 460, 26, 44, 30
PLOT = WIDTH - LABELS - 170

STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-size: 15px; font-weight: 600; }
  .faint { fill: #656d76; }
  .grid { stroke: #d0d7de; }
  .peer { stroke: #656d76; stroke-width: 2; }
  .better { fill: #2f81f7; }
  .worse { fill: #bf6a02; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .faint { fill: #9198a1; }
    .grid { stroke: #30363d; }
    .peer { stroke: #9198a1; }
  }
"""


def svg(title, bars):
    """`bars`: label, how many times better (below 1: worse), what that is in units."""
    low = min(0, math.floor(math.log10(min(times for _, times, _ in bars)) * 3) / 3)
    high = math.ceil(math.log10(max(times for _, times, _ in bars)) + 0.01)
    height = TOP + LINE * len(bars) + BOTTOM

    def x(times):
        return LABELS + (math.log10(times) - low) / (high - low) * PLOT

    parts = [f'<text class="title" x="8" y="20">{escape(title)}</text>']
    for power in range(math.ceil(low), high + 1):
        parts += grid(x(10**power), height - BOTTOM, f"{10 ** power:,} x", power == 0)
    for at, bar in enumerate(bars):
        parts += drawn(bar, TOP + LINE * at, x)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" role="img">'
    lines = [head, f"<title>{escape(title)}</title>", f"<style>{STYLE}</style>", *parts, "</svg>"]
    return "\n".join(lines) + "\n"


def grid(x, bottom, label, is_peer):
    line = f'<line class="{"peer" if is_peer else "grid"}" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 8}" y2="{bottom}"/>'
    text = f'<text class="faint" x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{label}</text>'
    return [line, text]


def drawn(bar, top, x):
    label, times, said = bar
    start, end = sorted((x(1), x(times)))
    style = "better" if times >= 1 else "worse"
    return [
        f'<text x="{LABELS - 10}" y="{top + 15}" text-anchor="end">{escape(label)}</text>',
        f'<rect class="{style}" x="{start:.1f}" y="{top + 3}" width="{max(end - start, 1):.1f}" height="16" rx="2"/>',
        f'<text class="faint" x="{max(end, x(1)) + 6:.1f}" y="{top + 15}">{escape(said)}</text>',
    ]
