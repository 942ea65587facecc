"""A figure as the table shows it."""
import dataclasses


@dataclasses.dataclass
class Figure:
    what: str
    measured: str
    goal: str = ""
    reached: bool | None = None  # None: there is no goal
    beside: str = ""

    def line(self):
        verdict = {True: "reached", False: "NOT REACHED", None: ""}[self.reached]
        return f"{self.what:<38}{self.measured:>22}  {self.goal:<12}  {verdict:<12} {self.beside}".rstrip()


def below(what, value, goal, unit, beside="", digits=0):
    return Figure(what, f"{value:,.{digits}f}{unit}", f"< {goal:,}{unit}", value < goal, beside)


def at_least(what, value, goal, unit, beside=""):
    return Figure(what, f"{value:,.0f}{unit}", f">= {goal:,}{unit}", value >= goal, beside)
