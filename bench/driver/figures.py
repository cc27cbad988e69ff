"""Figures and rows: medians with their spread, ratios run by run, and the table they make."""

import dataclasses


class Figures:
    """One quantity, measured several times."""

    def __init__(self, values):
        self.values = list(values)
        if not self.values:
            raise ValueError("nothing was measured")

    def at(self, share):
        ordered = sorted(self.values)
        place = share * (len(ordered) - 1)
        low = int(place)
        high = min(low + 1, len(ordered) - 1)
        return ordered[low] + (ordered[high] - ordered[low]) * (place - low)

    @property
    def median(self):
        return self.at(0.5)

    @property
    def least(self):
        return min(self.values)

    def __len__(self):
        return len(self.values)

    def over(self, other):
        """The ratio run by run: run n of both happened side by side."""
        return Figures(a / b for a, b in zip(self.values, other.values))

    def less(self, *others):
        return Figures(a - sum(rest) for a, *rest in zip(self.values, *(one.values for one in others)))

    def scaled(self, factor):
        return Figures(value * factor for value in self.values)


def digits(value):
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


@dataclasses.dataclass
class Row:
    """A line of the table. `judged` is what the target is about; `target` its bound."""

    quantity: str
    unit: str
    measured: Figures
    floor: str = ""        # what it is compared with, and that figure
    judged: Figures = None  # a ratio, or nothing: then `measured` is judged
    target: float = None   # none: for information
    at_least: bool = False

    @property
    def met(self):
        if self.target is None:
            return None
        value = (self.judged or self.measured).median
        return value >= self.target if self.at_least else value <= self.target

    def cells(self):
        measured = self.measured
        spread = f"{digits(measured.at(0.1))} – {digits(measured.at(0.9))}" if len(measured) > 1 else ""
        ratio = digits(self.judged.median) if self.judged else ""
        if self.judged and len(self.judged) > 1:
            ratio += f" ({digits(self.judged.at(0.1))} – {digits(self.judged.at(0.9))})"
        target = "" if self.target is None else ("≥ " if self.at_least else "≤ ") + digits(self.target)
        met = {None: "", True: "yes", False: "**no**"}[self.met]
        return [self.quantity, f"{digits(measured.median)} {self.unit}".strip(), spread, self.floor, ratio, target, met,
                str(len(measured))]


@dataclasses.dataclass
class Table:
    """A table with columns of its own."""

    headings: list
    cells: list


HEADINGS = ["quantity", "median", "10th – 90th percentile", "set against", "ratio (10th – 90th)", "target", "met",
            "runs"]


def markdown(rows, headings=HEADINGS):
    cells = [headings, ["---"] * len(headings), *(row.cells() if isinstance(row, Row) else row for row in rows)]
    return "".join("| " + " | ".join(row) + " |\n" for row in cells)


def plain(rows, headings=HEADINGS):
    cells = [headings, *(row.cells() if isinstance(row, Row) else row for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(headings))]
    return "".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() + "\n" for row in cells)
