"""Small multiples as plain SVG: a panel a quantity, a line a series, all over the same time."""
import html
import math

WIDTH, HEIGHT = 520, 170  # of a panel's lines
LEFT, RIGHT, TOP, BOTTOM = 70, 150, 34, 34  # of a panel, around them; names stand on the right
COLUMNS = 2
COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000"]  # told apart by all eyes
NAME_APART = 13  # pixels, so that names do not cover each other


def ticks(top):
    """Round numbers from 0 to at least `top`, four or five steps."""
    step = 10 ** math.floor(math.log10(top or 1))
    step = next(step * factor for factor in (0.2, 0.25, 0.5, 1, 2, 5) if top / (step * factor) <= 5)
    return [step * i for i in range(math.ceil(top / step - 1e-9) + 1)] if top else [0, 1]


def text(x, y, words, size=11, anchor="start", colour="#333", weight="normal"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{colour}" '
            f'font-weight="{weight}">{html.escape(words)}</text>')


def line(x1, y1, x2, y2, colour="#ddd"):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def named(series, at):
    """Names beside the ends of their lines, moved apart: (name, colour, y)."""
    wished = sorted((at(points[-1][1]), name, colour) for name, colour, points in series)
    placed = []
    for y, name, colour in wished:
        placed.append((name, colour, max(y, placed[-1][2] + NAME_APART) if placed else y))
    return placed


def panel(title, unit, series, seconds, settled_s):
    """series: {name: [(seconds, value)]}; settled_s: where a dashed line stands."""
    drawn = [(name, COLOURS[i % len(COLOURS)], points) for i, (name, points) in enumerate(series.items()) if points]
    marks = ticks(max((value for _, _, points in drawn for _, value in points), default=0))

    def across(t):
        return LEFT + WIDTH * t / seconds

    def up(value):
        return TOP + HEIGHT * (1 - value / marks[-1])

    parts = [text(LEFT, 18, title, 13, weight="bold"), text(LEFT, 30, unit, 10, colour="#777")]
    for mark in marks:
        parts += [line(LEFT, up(mark), LEFT + WIDTH, up(mark)), text(LEFT - 6, up(mark) + 4, f"{mark:,g}", anchor="end")]
    long = seconds >= 120
    for mark in ticks(seconds / 60 if long else seconds):
        if (x := across(mark * 60 if long else mark)) <= LEFT + WIDTH + 1:
            parts.append(text(x, TOP + HEIGHT + 16, f"{mark:g} {'min' if long else 's'}", anchor="middle"))
    parts.append(f'<line x1="{across(settled_s):.1f}" y1="{TOP}" x2="{across(settled_s):.1f}" y2="{TOP + HEIGHT}" '
                 'stroke="#999" stroke-dasharray="4 3"/>')
    for _, colour, points in drawn:
        path = " ".join(f"{across(t):.1f},{up(value):.1f}" for t, value in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
    parts += [text(LEFT + WIDTH + 8, y + 4, name, colour=colour) for name, colour, y in named(drawn, up)]
    return "\n".join(parts)


def svg(title, panels, seconds, settled_s):
    """panels: (title, unit, series) each."""
    wide, high = LEFT + WIDTH + RIGHT, TOP + HEIGHT + BOTTOM
    rows = math.ceil(len(panels) / COLUMNS)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide * COLUMNS}" height="{rows * high + 40}" '
             'font-family="sans-serif">', '<rect width="100%" height="100%" fill="white"/>',
             text(LEFT, 26, title, 15, weight="bold")]
    for i, (name, unit, series) in enumerate(panels):
        parts.append(f'<g transform="translate({i % COLUMNS * wide},{40 + i // COLUMNS * high})">\n'
                     f"{panel(name, unit, series, seconds, settled_s)}\n</g>")
    return "\n".join([*parts, "</svg>"]) + "\n"
