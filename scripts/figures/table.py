"""A figure, and the table that people read."""
import dataclasses

HEADS = ["figure", "measured", "goal", "ratio", "", "beside"]
RIGHT = {1, 3}  # columns of numbers


@dataclasses.dataclass
class Figure:
    """value: a number of `unit`, or a word. sense: whether it has to be < the goal, >= it, or = it; without a goal
    there is none. met: None also where what was measured cannot tell. ratio: to what `beside` names."""
    what: str
    value: float | str
    unit: str = ""
    beside: str = ""
    ratio: float | None = None
    digits: int = 0
    goal: float | str | None = None
    sense: str = ""
    met: bool | None = None

    def cells(self):
        goal = "" if self.goal is None else f"{self.sense} {shown(self.goal, self.unit, self.goal_digits())}"
        ratio = "" if self.ratio is None else f"{self.ratio:,.3f}" if self.ratio < 10 else f"{self.ratio:,.1f}"
        return [self.what, shown(self.value, self.unit, self.digits), goal, ratio,
                {True: "met", False: "NOT MET", None: ""}[self.met], self.beside]

    def goal_digits(self):
        return 0 if isinstance(self.goal, str) or self.goal == int(self.goal) else self.digits


def shown(value, unit, digits):
    if isinstance(value, str):
        return value
    return f"{value:,.{digits}f}{'' if unit in ('', '/s') else ' '}{unit}"


def below(what, value, goal, unit, beside="", **more):
    return Figure(what, value, unit, beside, goal=goal, sense="<", met=value < goal, **more)


def at_least(what, value, goal, unit, beside="", **more):
    return Figure(what, value, unit, beside, goal=goal, sense=">=", met=value >= goal, **more)


def equal(what, value, goal, beside="", **more):
    return Figure(what, value, "", beside, goal=goal, sense="=", met=value == goal, **more)


def not_run(part, why):
    return Figure(part, "not run", beside=why.splitlines()[0])


def table(figures):
    rows = [HEADS] + [figure.cells() for figure in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    return "\n".join("  ".join(cell.rjust(width) if column in RIGHT else cell.ljust(width)
                               for column, (cell, width) in enumerate(zip(row, widths))).rstrip() for row in rows)


def cpu_table(runs):
    """What each program took of a core for a vote, a column a run: µs by program, by the run's name."""
    lines = [f"{'CPU time of a vote, in µs':<38}" + "".join(f"{name:>16}" for name in runs)]
    for program in dict.fromkeys(program for spent in runs.values() for program in spent):
        lines.append(f"{program:<38}" + "".join(
            f"{spent[program]:>16.1f}" if program in spent else " " * 16 for spent in runs.values()).rstrip())
    return "\n".join(lines) + "\n"
