"""What the system's programs read: vote.toml, the secret, and an environment for shells."""
import json
import secrets
import shlex

from cluster.state import ROLES, write_private


def write(state):
    """Where they are not there yet, so that what someone added stays."""
    folder = state.folder
    read_url = state.store_url(server="replica") if "replica" in state.names() else None
    secret = folder / "secret"
    files = {
        secret: secrets.token_urlsafe(32) + "\n",
        folder / "vote.toml": toml(state, read_url, secret),
        folder / "env": environment(state, read_url, secret),
    }
    for path, text in files.items():
        if not path.exists():
            write_private(path, text)


def toml(state, read_url, secret):
    return (f'[store]\nurl = "{state.store_url()}"\n' + (f'read_url = "{read_url}"\n' if read_url else "")
            + f'\n[queue]\nurl = "{state.queue_url()}"\n\n[cache]\nurl = "{state.cache_url()}"\n'
            f'\n[auth]\nsecret_file = {json.dumps(str(secret))}\n'
            f'\n[api]\nlisten = "127.0.0.1:{state.known["api_port"]}"\n')


def environment(state, read_url, secret):
    values = {"STORE_URL": state.store_url(), **({"STORE_READ_URL": read_url} if read_url else {}),
              "QUEUE_URL": state.queue_url(), "CACHE_URL": state.cache_url(), "AUTH_SECRET_FILE": str(secret)}
    return "\n".join([
        *(f"export VOTE_{name}={shlex.quote(value)}" for name, value in values.items()),
        "", "# The store as other roles see it:", *(f"# {role}: {state.store_url(role)}" for role in ROLES[1:]),
        "# PostgreSQL itself:", f"# {ROLES[0]}: {state.store_url(server='postgres')}",
        f"# postgres: {state.store_url('postgres', 'postgres', 'postgres')}", ""])
