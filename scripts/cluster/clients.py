"""What the system's programs read: vote.toml, the secret, and an environment for shells."""
import secrets

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
            f'\n[auth]\nsecret_file = "{secret}"\n\n[api]\nlisten = "127.0.0.1:{state.known["api_port"]}"\n')


def environment(state, read_url, secret):
    lines = [f"export VOTE_STORE_URL='{state.store_url()}'"]
    if read_url:
        lines.append(f"export VOTE_STORE_READ_URL='{read_url}'")
    lines += [f"export VOTE_QUEUE_URL='{state.queue_url()}'", f"export VOTE_CACHE_URL='{state.cache_url()}'",
              f"export VOTE_AUTH_SECRET_FILE='{secret}'", "", "# The store as other roles see it:"]
    lines += [f"# {role}: {state.store_url(role)}" for role in ROLES[1:]]
    lines += ["# PostgreSQL itself:", f"# vote_owner: {state.store_url(server='postgres')}",
              f"# postgres: {state.store_url('postgres', 'postgres', 'postgres')}"]
    return "\n".join(lines) + "\n"
