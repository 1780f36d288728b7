"""Reports on the command line: `report`."""

# ruff: noqa: D301  # click wants the character \b before lines that it shall not re-wrap
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from atom_shopify_plugin.cli.common import Failed, operator, print_json, running, say, shops_of
from atom_shopify_plugin.reports.declared import REPORTS

if TYPE_CHECKING:
    from atom_shopify_plugin.actions.run import Accepted, Outcome

__all__ = ["report"]

_FORMS = click.Choice(["text", "json", "csv", "html"])
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("name")
@click.option("--format", "form", type=_FORMS, default="text", help="Output format. Default: text.")
@click.option("--output", "path", type=_FILE, help="The file to write; without it the report is printed.")
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
@click.option("--period", help="Period by name, such as last_week or last_30_days. Default: the period of the report.")
@click.option("--since", metavar="DAY", help="First day, such as 2026-11-01.")
@click.option("--until", metavar="DAY", help="Last day. Default: today.")
@click.option("--section", help="Only this section, by its key or its question.")
@click.option("--with", "sections", multiple=True, help="A section of the custom report. Repeatable.")
@click.option("--title", help="Title of the report.")
@click.option("--convert-to", metavar="CURRENCY", help="Show the sales in this currency first, by --rate.")
@click.option(
    "--rate", "rates", multiple=True, metavar="CURRENCY=RATE", help="An exchange rate, such as USD=0.92. Repeatable."
)
@click.option(
    "--shop",
    "shops",
    multiple=True,
    help="Store, by handle, domain or name. Repeat it for several stores side by side, or use all.",
)
def report(
    name: str,
    form: str,
    path: Path | None,
    force: bool,
    period: str | None,
    since: str | None,
    until: str | None,
    section: str | None,
    sections: tuple[str, ...],
    title: str | None,
    convert_to: str | None,
    rates: tuple[str, ...],
    shops: tuple[str, ...],
) -> None:
    """Show the report NAME from the copy of your store.

    NAME is one of: {names}, or custom, whose sections --with names: questions with what they take.

    The HTML page needs no other file and no script: open it in a browser, print it, or send it.

    \b
    Examples:
      atom-shopify report daily_summary
      atom-shopify report weekly_sales --format html --output weekly.html
      atom-shopify report inventory --section stock_by_product --format csv --output stock.csv
      atom-shopify report custom --with sales --with "sales_by_product first=20 days=90"
      atom-shopify report store_comparison --shop all --format html --output stores.html
      atom-shopify report store_comparison --shop all --convert-to EUR --rate USD=0.92
    """
    from atom_shopify_plugin.actions.call import Call
    from atom_shopify_plugin.actions.fanout import StoreResults

    if path is not None and path.exists() and not force:
        raise Failed(f"{path} exists. Choose another name, or replace it with --force.")
    given = {"name": name, "period": period, "since": since, "until": until, "section": section, "title": title}
    given["convert_to"] = convert_to
    with running() as runtime:
        asked: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
        if sections:
            asked["sections"] = list(sections)
        if rates:
            asked["rates"] = list(rates)
        call = Call(operator(runtime.settings), "report_render", asked)
        outcome = runtime.fanout.run(call, shops_of(runtime, shops))
    found: list[Outcome | Accepted | None] = [outcome] if not isinstance(outcome, StoreResults) else []
    if isinstance(outcome, StoreResults):
        for one in outcome.results:
            if one.error is not None:
                say(f"error: {one.store.shop.handle}: {one.error.in_full()}", err=True)
        found = [one.outcome for one in outcome.results if one.outcome is not None]
    documents = [one.as_dict()["data"] for one in found if one is not None]
    if documents:
        _write(documents, form, path, section)
    if isinstance(outcome, StoreResults) and outcome.error is not None:
        raise click.exceptions.Exit(1)


def _write(documents: list[dict[str, object]], form: str, path: Path | None, section: str | None) -> None:
    plain = [{key: value for key, value in one.items() if key not in ("content", "media_type")} for one in documents]
    if form == "json" and path is None:
        print_json(plain[0] if len(plain) == 1 else plain)
        return
    if form == "json":
        from atom_shopify_plugin.strictjson import encode

        content = encode(plain[0] if len(plain) == 1 else plain).decode()
    elif form == "text":
        content = "\n\n".join(str(one["text"]) for one in documents) + "\n"
    else:
        from atom_shopify_plugin.reports.files import as_file

        _, file = as_file(documents, form, whole=section is None)
        content = str(file)
    if path is None:
        say(content, nl=False)
        return
    try:
        path.write_text(content, encoding="utf-8", newline="")
    except OSError as error:
        raise Failed(f"{path} can't be written: {error.strerror}.") from None
    say(f"{path}: {documents[0]['title']}")


report.help = (report.help or "").replace("{names}", ", ".join(REPORTS))
