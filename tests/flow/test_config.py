"""One configuration for all programs: file, environment, flags, and what is refused."""
import pathlib
import subprocess
import tomllib

import pytest

from house import BIN

pytestmark = pytest.mark.embedded

PROGRAMS = ["vote-api", "vote-worker", "votectl"]
KEYS = {
    "store": {"url"}, "queue": {"url", "topic", "dead_letter_topic", "partitions"}, "cache": {"url"},
    "api": {"listen", "threads", "trusted_proxies", "forwarded_header", "public_url", "tls_certificate",
            "tls_key", "max_body_bytes", "name", "lease", "stop_delay"},
    "polls": {"grace"}, "auth": {"secret_file", "token_ttl", "require_verified_email"},
    "limits": {"votes_per_ip_per_minute", "polls_per_user_per_hour", "votes_per_user_per_5_minutes",
               "devices_per_user"},
    "worker": {"batch_size", "batch_wait", "max_retries"}, "log": {"level", "format"}, "metrics": {"listen"},
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_print_config_shows_every_key_and_reads_back_the_same(house, program):
    done = house.run(program, "--print-config")
    assert done.returncode == 0, done.stderr
    shown = tomllib.loads(done.stdout)
    for section, keys in KEYS.items():
        assert keys <= shown[section].keys(), section
    assert shown["store"]["url"] == f"sqlite://{house.store_file}"
    assert house.secret.decode() not in done.stdout
    house.config_file.write_text(done.stdout)
    assert house.run(program, "--print-config").stdout == done.stdout


@pytest.mark.parametrize("program", PROGRAMS)
def test_check_config_accepts_what_holds_and_starts_nothing(house, program):
    done = house.run(program, "--check-config")
    assert done.returncode == 0, done.stderr
    assert not house.store_file.exists()


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("text, named", [
    ("[store]\nurk = 1\n", "urk"), ("\n\n[stor]\nurl = 'sqlite:///x'\n", "stor"), ("[store\n", "1"),
    ("[api]\nthreads = 'many'\n", "threads"), ("[api]\nlisten = 'nowhere'\n", "listen"),
    ("[polls]\ngrace = '5 fortnights'\n", "grace"), ("[store]\nurl = 'oracle://x'\n", "oracle"),
    ("[worker]\nbatch_size = 0\n", "batch_size"), ("[log]\nlevel = 'loud'\n", "level"),
    ("[api]\ntls_key = 'k.pem'\n", "tls_key"),
])
def test_a_config_that_does_not_hold_names_file_and_line_and_key(house, program, text, named):
    house.config_file.write_text(text)
    done = house.run(program, "--check-config")
    assert 0 < done.returncode < 128
    assert named in done.stderr, done.stderr
    assert "vote.toml" in done.stderr, done.stderr
    assert done.stdout == ""


def test_an_unknown_key_is_named_with_its_line(house):
    house.config_file.write_text("# a comment\n[api]\nlisten = '127.0.0.1:1'\nthread = 1\n")
    done = house.run("vote-api", "--check-config")
    assert "vote.toml:4" in done.stderr, done.stderr


def test_the_environment_goes_before_the_file_and_a_typo_in_it_is_an_error(house):
    done = house.run("vote-api", "--print-config", VOTE_API_LISTEN="127.0.0.1:1234")
    assert tomllib.loads(done.stdout)["api"]["listen"] == "127.0.0.1:1234"
    wrong = house.run("vote-api", "--check-config", VOTE_API_LISTN="127.0.0.1:1234")
    assert wrong.returncode != 0 and "VOTE_API_LISTN" in wrong.stderr


def test_a_config_that_was_named_must_exist(house):
    house.config_file = pathlib.Path("/no/such/vote.toml")
    done = house.run("vote-api", "--check-config")
    assert done.returncode != 0 and "/no/such/vote.toml" in done.stderr


def test_the_users_own_config_is_found(house):
    own = house.folder / "xdg" / "vote"
    own.mkdir(parents=True)
    (own / "vote.toml").write_text("[api]\nlisten = '127.0.0.1:4321'\n")
    done = subprocess.run([BIN / "vote-api", "--print-config"], capture_output=True, text=True,
                          env=house.environment())
    assert tomllib.loads(done.stdout)["api"]["listen"] == "127.0.0.1:4321"
