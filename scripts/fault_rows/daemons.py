"""Rows about our own daemons: killed, frozen, restarted, coming and going."""
from fault_rows.row import Promise, Row, apart, names

GAP_S_MAX = 5


def api_kills(chance, row, seconds):
    return apart(chance, 8, seconds, names("api", row.apis), "killed", (0.1, 1.5), one_at_a_time=True)


def worker_kills(chance, row, seconds):
    return apart(chance, 12, seconds, names("worker", row.workers), "killed", (0.0, 1.0))


ROWS = [
    Row("api-killed", "vote-api killed", api_kills, apis=3,
        promise=Promise(gap_s_max=GAP_S_MAX, no_5xx=True)),
    Row("worker-killed", "vote-worker killed", worker_kills, workers=3,
        promise=Promise(gap_s_max=GAP_S_MAX, no_5xx=True, no_superseded=True)),
]
