"""Rows about the network between the parts: cut, slow, one-way, lossy."""
import dataclasses

from fault_rows import proxies
from fault_rows.row import DISTRIBUTED, Row, apart
from fault_rows.servers import BROKERS, MARKS_KEPT, NO_5XX_AFTER


def troubles(targets, count, for_s):
    """Each kind in turn, in an order that is drawn."""
    def draw(chance, _row, seconds):
        kinds = list(proxies.KINDS) * (count // len(proxies.KINDS) + 1)
        chance.shuffle(kinds)
        moments = sorted(apart(chance, count, seconds, targets, "", for_s), key=lambda fault: fault.at_s)
        return [dataclasses.replace(fault, kind=kind, detail=chance.randrange(2))
                for fault, kind in zip(moments, kinds)]
    return draw


def before_the_apis(site):
    """Clients come by proxies."""
    proxies.of(site)
    for name in ("api1", "api2"):
        site.arguments(name)
        site.shown_ports[name] = site.proxies.add(name, site.ports[name])


def before_the_store(site):
    for kind in ("api", "worker"):
        before_the_store_of(site, kind)


def before_the_store_of(site, who):
    """A kind of daemons, or one of them."""
    port = site.servers.state.port("postgres")
    via = proxies.of(site).add(f"store-of-{who}", port)
    site.more[who] = (*site.more.get(who, ()), f"store.url={site.engine.store_url.replace(f':{port}/', f':{via}/')}")


def before_the_queue(site):
    """Brokers tell who comes by a proxy to go on by proxies."""
    proxies.of(site)
    state, ports = site.servers.state, []
    for name in state.brokers():
        ports.append(site.proxies.add(name, state.of(name)["proxied_port"], state.of(name)["proxy_port"]))
    url = "queue.url=kafka://" + ",".join(f"127.0.0.1:{port}" for port in ports)
    for kind in ("api", "worker"):
        site.more[kind] = (*site.more.get(kind, ()), url)


def before_the_cache(site):
    """Of the first API and of the first worker alone: the others reach it."""
    proxies.of(site)
    port, url = site.servers.state.port("redis"), site.servers.state.cache_url()
    for name in ("api1", "worker1"):
        via = site.proxies.add(f"cache-of-{name}", port)
        site.more[name] = (*site.more.get(name, ()), f"cache.url={url.replace(f':{port}', f':{via}')}")


KNOWN = {"needs": proxies.needs, "shows": ("connections_in_trouble",)}

ROWS = [
    Row("network-of-clients", "network cut, slow, one-way, lossy: between clients and API",
        troubles(["api1", "api2"], 10, (0.3, 2.0)), apis=2, prepare=before_the_apis, **KNOWN),
    Row("network-of-the-store", "network cut, slow, one-way, lossy: between daemons and PostgreSQL",
        troubles(["store-of-api", "store-of-worker"], 8, (0.5, 3.0)), DISTRIBUTED, apis=2, seconds=22,
        prepare=before_the_store, promise=MARKS_KEPT, **KNOWN),
    Row("network-of-the-queue", "network cut, slow, one-way, lossy: between daemons and Kafka",
        troubles([*BROKERS, "+".join(BROKERS)], 7, (0.5, 3.0)), DISTRIBUTED, apis=2, seconds=24,
        prepare=before_the_queue, promise=MARKS_KEPT, **KNOWN),
    Row("redis-cut-from-one", "Redis cut off from one API only",
        troubles(["cache-of-api1", "cache-of-worker1"], 8, (0.5, 3.0)), DISTRIBUTED, apis=3, seconds=20,
        prepare=before_the_cache, promise=NO_5XX_AFTER, **KNOWN),
]
