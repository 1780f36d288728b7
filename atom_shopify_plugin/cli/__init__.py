"""The command line: `atom-shopify`."""

from __future__ import annotations

import click

from atom_shopify_plugin._version import __version__
from atom_shopify_plugin.cli.agents import mcp
from atom_shopify_plugin.cli.audit import audit
from atom_shopify_plugin.cli.common import Main, act_as, with_traceback
from atom_shopify_plugin.cli.database import db, keys
from atom_shopify_plugin.cli.doctor import doctor
from atom_shopify_plugin.cli.files import export, import_
from atom_shopify_plugin.cli.jobs import jobs, worker
from atom_shopify_plugin.cli.operations import operations
from atom_shopify_plugin.cli.policies import policy
from atom_shopify_plugin.cli.report import report
from atom_shopify_plugin.cli.run import actions, call, chat
from atom_shopify_plugin.cli.sandbox import sandbox
from atom_shopify_plugin.cli.servers import demo, serve
from atom_shopify_plugin.cli.stores import stores
from atom_shopify_plugin.cli.sync import sync
from atom_shopify_plugin.cli.token import token
from atom_shopify_plugin.cli.whoami import whoami
from atom_shopify_plugin.cli.workflows import workflows

__all__ = ["main"]

_EPILOG = """\b
Exit codes: 0 success, 1 failure (one line on stderr explains it), 2 wrong command line.

\b
Settings come from the environment (see README). If none are set, and a demo runs in this folder, commands use the
demo's stores and say so on stderr.

\b
Examples:
  atom-shopify demo
  atom-shopify call product_create --input '{"title": "Mug"}'
  atom-shopify chat check orders
  atom-shopify doctor
"""


@click.group(cls=Main, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="atom-shopify")
@act_as
@with_traceback
def main() -> None:
    """Work with Shopify stores: run actions and workflows, and serve an ATOM host or a local Shopify."""


_COMMANDS = (
    demo,
    serve,
    mcp,
    sandbox,
    doctor,
    whoami,
    actions,
    call,
    chat,
    report,
    export,
    import_,
    sync,
    audit,
    operations,
    stores,
    policy,
    token,
    db,
    keys,
    jobs,
    worker,
    workflows,
)
for _command in _COMMANDS:
    main.add_command(_command)
