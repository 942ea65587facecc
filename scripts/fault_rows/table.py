"""Outcomes as a line while they come, and as a table at the end."""
COUNTS = ("counted", "accepted", "superseded", "no", "refused", "unknown", "reads")
HEADS = ("row", "engine", "faults", *COUNTS, "violations", "gap s", "recovery s", "")
LEFT = (0, 1, len(HEADS) - 1)


def cells(outcome):
    if outcome.not_run:
        return (outcome.row, outcome.engine, *[""] * (len(HEADS) - 3), f"not run: {outcome.not_run}")
    judgement = outcome.judgement
    done = str(outcome.faults_done)
    if outcome.faults_done != outcome.faults_drawn:
        done += f" of {outcome.faults_drawn}"
    return (outcome.row, outcome.engine, done, *(f"{judgement[name]:,}" if judgement else "" for name in COUNTS),
            str(len(outcome.violations)), f"{outcome.gap_s:.1f}",
            "-" if outcome.recovery_s is None else f"{outcome.recovery_s:.1f}", outcome.state)


def line(outcome):
    """What a person wants to know at once."""
    if outcome.not_run:
        return f"{outcome.row}: not run: {outcome.not_run}"
    said = [f"{head} {cell}" for head, cell in zip(HEADS[2:-1], cells(outcome)[2:-1]) if cell]
    return "\n".join([f"{outcome.row}: {outcome.state}: {', '.join(said)}", *details(outcome)])


def details(outcome):
    found = [f"  {reason}" for reason in outcome.broken]
    found += [f"  violation of {each['promise']}: {each['what']}" for each in outcome.violations[:5]]
    if outcome.notes:
        found.append("  " + ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in outcome.notes.items()))
    if outcome.endings:
        found.append(f"  ended by themselves and started again: {', '.join(outcome.endings[:10])}")
    if outcome.kept:
        found.append(f"  kept: {outcome.kept}")
    return found


def reasons(found):
    """Why rows were not run: each reason once, with its rows."""
    rows_of = {}
    for outcome in found:
        if outcome.not_run:
            rows_of.setdefault(outcome.not_run, []).append(f"{outcome.row} on the {outcome.engine} engine")
    return [f"not run, for {reason}: {', '.join(rows)}" for reason, rows in rows_of.items()]


def table(found):
    rows = [HEADS, *map(cells, found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    lines = ["  ".join(cell.ljust(width) if column in LEFT else cell.rjust(width)
                       for column, (cell, width) in enumerate(zip(row, widths))).rstrip() for row in rows]
    for outcome in found:
        if outcome.state == "broken":
            lines += ["", f"{outcome.row} on the {outcome.engine} engine did not hold:", *details(outcome)]
    states = [outcome.state for outcome in found]
    lines += ["", ", ".join(f"{states.count(state)} {state}" for state in ("held", "broken", "not run")),
              *reasons(found)]
    return "\n".join(lines)
