"""Servers that cannot be used: each a message with what happened, on what, and what to do, and an exit status."""
import uuid

import pytest

from house import free_port

pytestmark = pytest.mark.distributed

CONFIG, STORAGE = 9, 10


def refused(house, status=STORAGE, program="vote-api", **keys):
    """What the program said; keys are set over the configuration."""
    sets = [word for key, text in keys.items() for word in ("--set", f"{key.replace('__', '.')}={text}")]
    done = house.run(program, *sets, *(["--once"] if program == "vote-worker" else []))
    assert done.returncode == status, done
    assert house.engine.servers["passwords"]["vote_owner"] not in done.stderr
    return done.stderr


def url_of_base(house, name):
    return house.engine.base_url.rsplit("/", 1)[0] + f"/{name}"


@pytest.mark.parametrize("key, url, said", [
    ("store__url", "postgresql:/no-host", "postgresql://"), ("store__url", "mysql://db/vote", "store.url"),
    ("queue__url", "kafka://no-port", "host:port"), ("queue__url", "amqp://broker", "queue.url"),
    ("cache__url", "redis://host:no-number", "redis"), ("cache__url", "memcached://host", "cache.url")])
def test_urls_that_do_not_parse_are_refused(house, key, url, said):
    assert said in refused(house, CONFIG, **{key: url})


@pytest.mark.parametrize("program", ["vote-api", "vote-worker"])
def test_a_wrong_password_is_named_and_not_shown(house, program):
    url = house.engine.store_url.replace(house.engine.servers["passwords"]["vote_owner"], "guessed-password")
    said = refused(house, program=program, store__url=url)
    assert "password" in said and "vote_owner" in said and "guessed-password" not in said, said


def test_a_database_that_is_not_there_is_named(house):
    assert "no_such_base" in refused(house, store__url=url_of_base(house, "no_such_base"))


def test_a_database_of_another_encoding_is_refused(house):
    name = f"latin_{uuid.uuid4().hex}"
    house.engine.as_superuser(f"CREATE DATABASE {name} OWNER vote_owner TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    try:
        assert "UTF8" in refused(house, store__url=url_of_base(house, name))
    finally:
        house.engine.as_superuser(f"DROP DATABASE {name} WITH (FORCE)")


def test_a_read_only_database_is_named(house):
    name = f"fixed_{uuid.uuid4().hex}"
    house.engine.as_superuser(f"CREATE DATABASE {name} OWNER vote_owner TEMPLATE template0 ENCODING 'UTF8'")
    try:
        house.engine.as_superuser(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        assert "read-only" in refused(house, store__url=url_of_base(house, name))
    finally:
        house.engine.as_superuser(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize("program", ["vote-api", "vote-worker"])
def test_a_newer_schema_is_refused_and_left_as_it_is(house, program):
    assert house.votectl("db", "migrate").returncode == 0
    (known,), = house.sql("SELECT max(version) FROM schema_migrations")
    house.sql_change("UPDATE schema_migrations SET version = 9999 WHERE version = ?", known)
    said = refused(house, program=program)
    assert "newer" in said, said
    assert house.sql("SELECT max(version) FROM schema_migrations") == [(9999,)]


def test_a_store_that_is_not_there_is_named_with_its_address(house):
    port = free_port()
    said = refused(house, store__url=f"postgresql://vote_owner:secret-word@127.0.0.1:{port}/vote")
    assert f"127.0.0.1:{port}" in said and "secret-word" not in said, said


def test_a_redis_of_another_password_costs_nothing_but_is_said(house):
    house.config_file.write_text(house.config_file.read_text().replace(house.engine.cache_url,
                                                                        house.engine.cache_url.replace("@", "x@")))
    house.start_api()
    house.start_worker()
    poll = house.poll()
    assert house.cast(poll, 0, house.token()).status == 202
    house.counted(poll, 1)
    assert house.get("/readyz").json["parts"]["cache"] is False
    assert "WRONGPASS" in house.log("vote-api"), house.log("vote-api")
