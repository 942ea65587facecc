"""Houses for tests: `house` is new and still dark, `running` is one a file, with both daemons."""
import pytest

from house import SEED, House


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
