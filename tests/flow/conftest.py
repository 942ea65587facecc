"""Houses for tests: `house` is new and still dark, `running` is one a file, with both daemons."""
import os

import pytest

import house as houses
from engines import ENGINES
from house import SEED, House


def pytest_addoption(parser):
    parser.addoption("--engine", choices=sorted(ENGINES), default="embedded", help="what the houses stand on")


def pytest_configure(config):
    config.addinivalue_line("markers", "embedded: of the embedded engine's own files, or apart from any engine")
    config.addinivalue_line("markers", "distributed: of the distributed engine's own servers")
    houses.ENGINE = config.getoption("--engine")
    os.environ["VOTE_SEED"] = str(SEED)  # for the processes that share the tests


def pytest_collection_modifyitems(config, items):
    """What is one engine's alone runs there alone."""
    others = set(ENGINES) - {houses.ENGINE}
    elsewhere = [item for item in items if any(item.get_closest_marker(engine) for engine in others)]
    if elsewhere:
        config.hook.pytest_deselected(items=elsewhere)
        items[:] = [item for item in items if item not in elsewhere]


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line(f"VOTE_SEED={SEED}")


@pytest.fixture
def house(tmp_path):
    built = House(tmp_path / "house")
    yield built
    built.stop()


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    built = House(tmp_path_factory.mktemp("house"))
    try:
        built.start_api()
        built.start_worker()
        yield built
    finally:
        built.stop()
