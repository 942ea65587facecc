"""A row about Redis that is failed over: another server has its address, and lacks the last marks."""
import subprocess

from cluster.process import Failure
from cluster.programs import need
from fault_rows import proxies
from fault_rows.kinds import add
from fault_rows.row import DISTRIBUTED, Fault, Row
from fault_rows.servers import NO_5XX_AFTER
from fault_rows.site import free_port
from fault_rows.verdict import wait_for

FOLLOWS_S_MAX = 20


def ask(site, *words):
    """The replica, as a line of text."""
    return subprocess.run(["redis-cli", "-p", str(site.redis_replica), *words], capture_output=True, text=True,
                          env={"REDISCLI_AUTH": site.servers.state.password("redis"), "PATH": "/usr/bin:/bin"}).stdout


def with_replica(site):
    """It has all of the primary's marks before the first vote, and one address leads to whoever is primary."""
    port, password = site.servers.state.port("redis"), site.servers.state.password("redis")
    via = proxies.of(site).add("cache", port)
    site.config.write_text(site.config.read_text().replace(f":{port}", f":{via}"))
    site.redis_replica = free_port()
    settings = {"port": site.redis_replica, "bind": "127.0.0.1", "requirepass": password, "masterauth": password,
                "replicaof": f"127.0.0.1 {port}", "save": '""', "dir": site.folder}
    process = subprocess.Popen([need("redis-server"), "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    site.closing.callback(process.wait)
    site.closing.callback(process.kill)
    with process.stdin as lines:
        lines.writelines(f"{name} {value}\n" for name, value in settings.items())
    wait_for(lambda: "master_link_status:up" in ask(site, "INFO", "replication"), "the second Redis follows the first",
             FOLLOWS_S_MAX)


def cut_off(site, _fault):
    """It has none of the marks that are set from here on."""
    if ask(site, "REPLICAOF", "NO", "ONE").strip() != "OK":
        raise Failure("the second Redis does not answer")


def fail_over(site, _fault):
    site.servers.kill(["redis"])
    site.note("marks_of_the_new_primary", int(ask(site, "DBSIZE")))
    site.proxies.lead_to("cache", site.redis_replica)


def failovers(chance, _row, _seconds):
    moment = round(chance.uniform(4, 7), 2)
    return [Fault(moment, "cache-cut-off", "redis"),
            Fault(round(moment + chance.uniform(0.5, 3), 2), "cache-failed-over", "redis")]


add("cache-cut-off", cut_off)
add("cache-failed-over", fail_over)

ROWS = [
    Row("redis-failed-over", "Redis failed over: another server behind the same address, without the last marks",
        failovers, DISTRIBUTED, apis=2, needs=proxies.needs, prepare=with_replica, promise=NO_5XX_AFTER,
        shows=("marks_of_the_new_primary",)),
]
