"""The plugin's database and its encryption keys."""

# ruff: noqa: D301  # click wants the character \b before lines that it shall not re-wrap
from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from atom_shopify_plugin.cli.common import Failed, Group, as_json, environment, print_json, running, say, table
from atom_shopify_plugin.settings import Settings

__all__ = ["db", "keys"]


@click.group(cls=Group)
def db() -> None:
    """Create, migrate, inspect, clean up, back up and restore the database."""


@db.command("upgrade")
@as_json
def upgrade(as_json: bool) -> None:
    """Create or upgrade the tables. Does nothing if they are up to date.

    \b
    Example:
      ATOM_SHOPIFY_DATABASE_URL=postgresql+psycopg://… atom-shopify db upgrade
    """
    from atom_shopify_plugin.storage import Storage

    storage = Storage(Settings.from_environ(environment()))
    try:
        before = storage.current()
        storage.upgrade()
        after = storage.current()
    finally:
        storage.close()
    if as_json:
        print_json({"before": before, "after": after})
    else:
        say(f"up to date at {after}" if before == after else f"upgraded from {before or 'nothing'} to {after}")


@db.command("current")
@as_json
def current(as_json: bool) -> None:
    """Print the database's revision and the one that this version needs. The exit code is 1 if an upgrade is due.

    \b
    Example:
      atom-shopify db current || atom-shopify db upgrade
    """
    from atom_shopify_plugin.storage import Storage

    storage = Storage(Settings.from_environ(environment()))
    try:
        found, wanted = storage.current(), storage.head()
    finally:
        storage.close()
    if as_json:
        print_json({"current": found, "head": wanted, "up_to_date": found == wanted})
    else:
        due = "" if found == wanted else "; run `atom-shopify db upgrade`"
        say(f"{found or 'no tables yet'} (this version wants {wanted}{due})")
    if found != wanted:
        raise click.exceptions.Exit(1)


@db.command("cleanup")
@as_json
def cleanup(as_json: bool) -> None:
    """Delete expired data: OAuth states, confirmations, idempotency keys and old usage figures.

    \b
    Example:
      atom-shopify db cleanup --json
    """
    with running() as runtime:
        counts = runtime.storage.cleanup()
    if as_json:
        print_json(counts)
    else:
        table(("what", "deleted"), [(name, str(count)) for name, count in counts.items()])


@db.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
@as_json
def backup(file: Path, force: bool, as_json: bool) -> None:
    """Back up the plugin's database to FILE. Other processes can keep running.

    The file can be restored into SQLite and PostgreSQL. Tokens and personal data in it are encrypted. The encryption
    keys are not in the file: keep them in another place, because the backup can't be read without them.

    \b
    Example:
      atom-shopify db backup "shopify-$(date +%F).backup"
    """
    from atom_shopify_plugin.storage import Storage
    from atom_shopify_plugin.storage.upkeep.backup import backup as write

    storage = Storage(Settings.from_environ(environment()))
    try:
        done = write(storage, file, force=force)
    finally:
        storage.close()
    if as_json:
        print_json({"file": str(done.file), "revision": done.revision, "bytes": done.size, "rows": done.rows})
        return
    say(f"{file}: {sum(done.rows.values())} rows of {len(done.rows)} tables at revision {done.revision}")
    say("The key ring is not included; keep a copy of it elsewhere.", err=True)


@db.command("restore")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace the contents of the database.")
@as_json
def restore(file: Path, force: bool, as_json: bool) -> None:
    """Restore a backup into an empty database, and upgrade its tables.

    First stop every process that uses the database. The file may come from SQLite or PostgreSQL, and from an older
    version.

    \b
    Example:
      ATOM_SHOPIFY_DATABASE_URL=postgresql+psycopg://… atom-shopify db restore shopify-2026-11-25.backup
    """
    from atom_shopify_plugin.storage import Storage
    from atom_shopify_plugin.storage.upkeep.restore import restore as load

    storage = Storage(Settings.from_environ(environment()))
    try:
        done = load(storage, file, force=force)
    finally:
        storage.close()
    if as_json:
        print_json(asdict(done))
        return
    upgraded = "" if done.upgraded_to == done.revision else f", upgraded to {done.upgraded_to}"
    say(f"restored {sum(done.rows.values())} rows of {done.created_at} at revision {done.revision}{upgraded}")
    if done.missing_keys:
        names = ", ".join(done.missing_keys)
        say(f"warning: the key ring lacks {names}; what these keys encrypted can't be read.", err=True)


@click.group(cls=Group)
def keys() -> None:
    """Generate and rotate the keys that encrypt tokens in the database."""


@keys.command("generate")
def generate() -> None:
    """Print a new key as id:base64, for ATOM_SHOPIFY_ENCRYPTION_KEYS. Whoever has it can read the tokens.

    \b
    Example:
      export ATOM_SHOPIFY_ENCRYPTION_KEYS="$(atom-shopify keys generate)"
    """
    from atom_shopify_plugin.storage.database.key_file import generate_key

    key_id, key = generate_key()
    say(f"{key_id}:{key.reveal()}")


@keys.command("rotate")
@as_json
def rotate(as_json: bool) -> None:
    """Encrypt every row with the first key of the key ring. You can stop and repeat the command at any time.

    If the key ring is in the data folder, the command first generates a new key; running processes load it within
    seconds. If ATOM_SHOPIFY_ENCRYPTION_KEYS is set, first put the new key in front of the old ones and restart all
    processes. At the end the command counts the rows that still use another key. If there are any, the exit code is
    1, and you must not drop the old key yet.

    \b
    Example:
      atom-shopify keys rotate
    """
    from atom_shopify_plugin.storage.database.key_file import add_key

    settings = Settings.from_environ(environment())
    with running() as runtime:
        storage = runtime.storage
        before = storage.keys.first_id  # a ring that is missing is told now
        made = None if settings.encryption_keys else add_key(settings)
        counts = storage.rotate()
        first = storage.keys.first_id
        left = storage.rows_under(storage.keys_in_use() - {first})
        known = set(storage.keys.ids)
    if as_json:
        print_json({"new_key": made, "rows": counts, "left": left})
    else:
        if made:
            say(f"new key: {made}")
        table(("table", "rows"), [(name, str(count)) for name, count in counts.items()])
        if not left:
            say(
                f"Every row is encrypted with {first}. `atom-shopify keys drop {before}` ends the old key."
                if made
                else f"Every row is encrypted with {first}; you can drop the other keys."
            )
    for key_id, tables in left.items():
        rows = ", ".join(f"{count} of {name}" for name, count in tables.items())
        remedy = (
            "a process that does not know the new key still runs, or the rows are damaged: restart all, rotate again"
            if key_id in known
            else "the ring lacks this key: put it back and rotate again"
        )
        say(f"warning: rows still carry {key_id} ({rows}); {remedy}.", err=True)
    if left:
        raise click.exceptions.Exit(1)


@keys.command("drop")
@click.argument("key_id")
@as_json
def drop(key_id: str, as_json: bool) -> None:
    """Remove an old key from the key ring in the data folder. No row may still use it.

    Backups from before the rotation need the old key: keep a copy with them.

    \b
    Example:
      atom-shopify keys drop k1a2b3c4
    """
    from atom_shopify_plugin.storage.database.key_file import drop_key

    settings = Settings.from_environ(environment())
    with running() as runtime:
        runtime.storage.keys.reload()
        rows = runtime.storage.rows_under({key_id}).get(key_id, {})
        if rows:
            raise Failed(
                f"{sum(rows.values())} rows carry {key_id} ({', '.join(rows)}): run `atom-shopify keys rotate` first."
            )
        drop_key(settings, key_id)
    if as_json:
        print_json({"dropped": key_id})
    else:
        say(f"{key_id} is dropped; running processes forget it within seconds.")
