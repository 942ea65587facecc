"""Rows about a store that was set back, and a log that is another one: what Kafka still holds has to be read again."""
import shutil

from cluster.process import Failure
from cluster.programs import give
from fault_rows import proxies
from fault_rows.kinds import add
from fault_rows.row import DISTRIBUTED, GAP_S_MAX, Fault, Promise, Row

# What the store alone decides (changes, and casts it took itself) goes with it, and so do results that were shown.
QUEUED = "votes=85,retries=10,seconds=5"
BACKUP = "postgres.backup"


def back_up(site, _fault):
    server = site.servers.server("postgres")
    folder = site.servers.folder / BACKUP
    folder.mkdir(mode=0o700)
    give(folder)
    server.tool("pg_basebackup", "-D", folder, "-d", site.servers.state.store_url("postgres", "postgres", "postgres"),
                "-X", "stream", "--checkpoint", "fast", "--no-sync")


def restore(site, _fault):
    """What was committed since is gone."""
    data = site.servers.folder / "postgres"
    site.servers.kill(["postgres"])
    shutil.rmtree(data)
    (site.servers.folder / BACKUP).rename(data)
    site.servers.start(["postgres"])


def restores(chance, _row, _seconds):
    return [Fault(round(chance.uniform(1, 4), 2), "backed-up", "postgres"),
            Fault(round(chance.uniform(10, 14), 2), "restored", "postgres")]


def by_one_address(site):
    """Whoever is primary has the same address."""
    proxies.of(site)
    port = site.servers.state.port("postgres")
    via = site.proxies.add("primary", port)
    text = site.config.read_text()
    site.config.write_text(text.replace(f":{port}/", f":{via}/"))
    site.engine.store_url = site.engine.store_url.replace(f":{port}/", f":{via}/")


def cut_off(site, _fault):
    """The standby has none of what is committed from here on."""
    site.servers.kill(["replica"])


def promote(site, _fault):
    """The primary is gone for good."""
    site.servers.kill(["postgres"])
    site.servers.start(["replica"])
    if site.servers.server("replica").ask("SELECT pg_promote()") != "t":
        raise Failure("the standby was not promoted: see replica.log")
    site.proxies.lead_to("primary", site.servers.state.port("replica"))


def promotions(chance, _row, _seconds):
    moment = round(chance.uniform(3, 6), 2)
    return [Fault(moment, "cut-off", "replica"),
            Fault(round(moment + chance.uniform(2, 4), 2), "promoted", "replica")]


add("backed-up", back_up)
add("restored", restore)
add("cut-off", cut_off)
add("promoted", promote)

PROMISED = {"promise": Promise(gap_s_max=GAP_S_MAX, errors_s_max=GAP_S_MAX, no_superseded=DISTRIBUTED),
            "mix": QUEUED, "watchers": 0}

ROWS = [
    Row("standby-promoted", "primary lost, a replica that lacked the last commits promoted", promotions,
        DISTRIBUTED, seconds=18, servers="replica", needs=proxies.needs, prepare=by_one_address, **PROMISED),
    Row("backup-restored", "restored from an older backup", restores, DISTRIBUTED, seconds=22, servers="alone",
        **PROMISED),
]
