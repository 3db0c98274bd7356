"""The table on standard output: medians, and how each goal stands."""

from rows import peers_ahead_first


def text(results):
    servers = results.servers()
    lines = [("", *servers, "goals")]
    for row in peers_ahead_first(results):
        medians = [results.median(row.name, server) for server in servers]
        head = f"{row.name} ({row.unit})"
        lines.append((head, *map(number, medians), "; ".join(verdicts(row, results))))
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(aligned(line, widths) for line in lines)


def aligned(line, widths):
    first, *middle = [cell.rjust(width) for cell, width in zip(line[:-1], widths)]
    return "  ".join([first.strip().ljust(widths[0]), *middle, line[-1]]).rstrip()


def number(value):
    """Three digits that mean something."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def verdicts(row, results):
    """How each goal of a row stands, in a few words."""
    value = results.median(row.name, "pop1081")
    for goal in row.goals:
        reference = against(row, goal, results)
        if value is None or not reference:
            continue
        bound = goal.factor * reference
        if row.met(value, bound):
            yield f"met: {ratio(row, goal, value, reference)}"
        else:
            yield f"MISSED: {ratio(row, goal, value, reference)}, {missed_by(value, bound)}"


def against(row, goal, results):
    if not goal.servers:
        return 1
    medians = [results.median(goal.row or row.name, server) for server in goal.servers]
    medians = [median for median in medians if median is not None]
    return row.best(medians) if medians else None


def ratio(row, goal, value, reference):
    sign = ">=" if row.more_is_better else "<="
    if not goal.servers:
        return f"{number(value)} {row.unit} {sign} {goal.factor:g} {row.unit}"
    # Several stand for the best of them.
    of = goal.servers[0] if len(goal.servers) == 1 else "best Dovecot" if len(goal.servers) == 2 else "best peer"
    return f"{value / reference:.3g} {sign} {goal.factor:g} x {of}"


def missed_by(value, bound):
    return f"by {max(value, bound) / min(value, bound):.2f} x"
