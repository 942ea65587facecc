"""Rows about the topic itself: deleted and made again, by Kafka's own tools."""
import signal

from cluster.kafka import java
from cluster.process import Failure
from cluster.tools import Tools
from fault_rows.kinds import add
from fault_rows.messages import replay
from fault_rows.row import Fault, Row
from fault_rows.verdict import wait_for

DRAINED_S_MAX = 30
STOPPED_S_MAX = 30
STORAGE = 10  # the exit status of what does not fit


def tool(site, command, *arguments):
    """One of Kafka's own, by its class."""
    Tools().run(java(f"org.apache.kafka.tools.{command}", "--bootstrap-server", site.servers.state.bootstrap(),
                     *arguments))


def is_drained(site):
    lag = site.lag()
    return lag is not None and lag[0] == lag[1]


def remake(site, _fault):
    """While the APIs sleep and nothing waits in it, so that nothing is lost that was acknowledged."""
    apis = [name for name in site.ports if name in site.wanted]
    for name in apis:
        site.signal(name, signal.SIGSTOP)
    wait_for(lambda: is_drained(site), "the queue is drained while all APIs sleep", DRAINED_S_MAX)
    tool(site, "TopicCommand", "--delete", "--topic", site.engine.name)
    site.timed("votectl", "queue", "create")
    for name in apis:
        site.signal(name, signal.SIGCONT)


def recover(site, fault):
    """As the worker's last words tell the operator, once there are such words: it has stopped, and read nothing."""
    wait_for(lambda: any(name.startswith("worker") and status == STORAGE for name, status in site.endings),
               "a worker stops because the topic is another one", STOPPED_S_MAX)
    said = [name for name in site.wanted if name.startswith("worker")
            and "does not fit" in (site.folder / f"{name}.log").read_text(errors="replace")]
    if not said:
        raise Failure("no worker has said that its position does not fit the topic")
    replay(site, fault)


add("made-again", remake, recover)

ROWS = [
    Row("topic-made-again", "topic deleted and made again; offsets out of range",
        lambda chance, _row, _seconds: [Fault(round(chance.uniform(2, 6), 2), "made-again", "topic", 6)],
        ("distributed",), seconds=24, ends=("worker",)),
]
