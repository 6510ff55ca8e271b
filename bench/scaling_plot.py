#!/usr/bin/env python3
"""Draws what bench/scaling.sh measured: a panel for each size, cost over size, the line a + b size that fits. The cost of
a size is that of its fastest repetition: what other programs disturb only adds; the whisker ends at the median.

usage: bench/scaling_plot.py FILE.json PICTURE.svg
FILE.json is Google Benchmark's, with names scaling/<what>:<value>. Prints each line and how far points lie from it.
Exit status: 0; 1 where a benchmark failed; 2 for wrong use or a file that cannot be read."""
import re
import sys
from html import escape

import figures

WORDS = {"problems": "problems B", "iterations": "iterations T", "proposals": "proposals a problem K",
         "observations": "observations a proposal M", "observed": "real observations a problem N"}
WIDTH, HEIGHT, LEFT, TOP = 180, 170, 52, 62  # of a panel; of its first corner
STEP = 236


def line_through(points):
    """(a, b) that makes the sum of ((a + b x - y) / y)^2 least."""
    w = xw = xxw = yw = xyw = 0.0
    for x, y in points:
        weight = 1 / (y * y)
        w, xw, xxw, yw, xyw = w + weight, xw + x * weight, xxw + x * x * weight, yw + y * weight, xyw + x * y * weight
    slope = (w * xyw - xw * yw) / (w * xxw - xw * xw)
    return (yw - slope * xw) / w, slope


def panels(results):
    """{what: [(value, figure in ms)]}, sorted by value."""
    found = {}
    for name, figure in results.figures.items():
        match = re.fullmatch(r"scaling/(\w+):(\d+)", name)
        if not match:
            continue
        if not figure.failed and figure.unit != "ms":
            raise figures.Malformed(f"{name}: in {figure.unit}, expected ms")
        found.setdefault(match[1], []).append((int(match[2]), figure))
    for what, points in found.items():
        if sum(not f.failed for _, f in points) < 2:
            raise figures.Malformed(f"scaling/{what}: fewer than two points")
        points.sort(key=lambda point: point[0])
    if not found:
        raise figures.Malformed("no figure is called scaling/<what>:<value>")
    order = list(WORDS)
    return dict(sorted(found.items(), key=lambda item: order.index(item[0]) if item[0] in WORDS else len(order)))


def nice(top):
    """The least 1, 2 or 5 times a power of ten that cuts top in at most five."""
    for power in range(-6, 9):
        for digit in (1, 2, 5):
            if top / (digit * 10.0 ** power) <= 5:
                return digit * 10.0 ** power
    return top


def panel(what, points, left):
    """(SVG, sentence) of one."""
    good = [(x, f) for x, f in points if not f.failed]
    a, b = line_through([(x, f.low) for x, f in good])
    far = max(abs(a + b * x - f.low) / f.low for x, f in good)
    right, top = 1.06 * good[-1][0], 1.06 * max(max(f.middle for _, f in good), a + b * good[-1][0])
    px = lambda x: left + WIDTH * x / right
    py = lambda y: TOP + HEIGHT * (1 - y / top)
    svg = [f'<rect x="{left}" y="{TOP}" width="{WIDTH}" height="{HEIGHT}" fill="#f6f7f9" stroke="#c8ccd2"/>',
           f'<text x="{left}" y="{TOP - 10}" fill="#444">{escape(WORDS.get(what, what))}</text>']
    tick, y = nice(top), 0.0
    while y <= top:
        svg.append(f'<text x="{left - 6}" y="{py(y) + 4:.1f}" text-anchor="end" fill="#666">{y:g}</text>')
        svg.append(f'<line x1="{left - 3}" x2="{left}" y1="{py(y):.1f}" y2="{py(y):.1f}" stroke="#888"/>')
        y += tick
    for x in (0, good[-1][0] / 2, good[-1][0]):
        svg.append(f'<text x="{px(x):.1f}" y="{TOP + HEIGHT + 16}" text-anchor="middle" fill="#666">{x:g}</text>')
    svg.append(f'<line x1="{px(0):.1f}" y1="{py(max(a, 0)):.1f}" x2="{px(good[-1][0]):.1f}" '
               f'y2="{py(a + b * good[-1][0]):.1f}" stroke="#9aa7b8" stroke-width="1.5"/>')
    for x, f in good:
        svg.append(f'<line x1="{px(x):.1f}" x2="{px(x):.1f}" y1="{py(f.low):.1f}" y2="{py(f.middle):.1f}" stroke="#1f5fa8"/>')
        svg.append(f'<circle cx="{px(x):.1f}" cy="{py(f.low):.1f}" r="3.2" fill="#1f5fa8"/>')
    sentence = f"{a:.3g} ms + {b:.3g} ms each"
    svg.append(f'<text x="{left}" y="{TOP + HEIGHT + 36}" fill="#444" font-size="11">{sentence}, '
               f'within {100 * far:.1f} %</text>')
    return "\n".join(svg), f"{what}: {sentence}, every point within {100 * far:.1f} %"


def picture(results):
    """(SVG, sentences)."""
    context = results.document.get("context", {})
    drawn = [panel(what, points, LEFT + i * STEP) for i, (what, points) in enumerate(panels(results).items())]
    width = LEFT + len(drawn) * STEP
    made = ", ".join(str(context[k]) for k in ("processor", "cpu_level", "compiler", "commit") if context.get(k))
    date = str(context.get("date", ""))[:10]
    svg = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {TOP + HEIGHT + 76}" font-family="sans-serif" '
           'font-size="12" role="img" aria-label="The cost of a meta-step grows linearly with each of its sizes">',
           f'<rect width="{width}" height="{TOP + HEIGHT + 76}" fill="#ffffff"/>',
           '<text x="20" y="24" font-size="15" font-weight="bold" fill="#222">Milliseconds of a meta-step on one core: '
           'a constant and a multiple of each size</text>',
           *[text for text, _ in drawn],
           f'<text x="20" y="{TOP + HEIGHT + 64}" fill="#666" font-size="11">poisson, published sizes but one; fastest repetition, whisker to the median; '
           f'{escape(made)}, {escape(date)}; bench/scaling.sh</text>', "</svg>", ""]
    return "\n".join(svg), [sentence for _, sentence in drawn]


def main():
    if len(sys.argv) != 3:
        print("usage: bench/scaling_plot.py FILE.json PICTURE.svg", file=sys.stderr)
        return 2
    try:
        results = figures.read(sys.argv[1])
        svg, sentences = picture(results)
        with open(sys.argv[2], "w", encoding="utf-8") as file:
            file.write(svg)
    except figures.Malformed as error:
        print(f"scaling_plot.py: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"scaling_plot.py: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    print("\n".join(sentences))
    failed = [f for f in results.figures.values() if f.failed]
    for figure in failed:
        print(f"scaling_plot.py: {figure.name}: {figure.failed}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
