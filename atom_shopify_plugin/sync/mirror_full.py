"""Whole loads of the catalogue: by a bulk operation, or page by page; what is not there any more is deleted at the end.

A load writes over what is known, and deletes nothing before all of it has been read and counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.process import crashpoints
from atom_shopify_plugin.sync.mirror_bulk import Lines, Refused, bulk
from atom_shopify_plugin.sync.mirror_rows import Row, rows_of_lines
from atom_shopify_plugin.sync.mirror_streams import CatalogueStream, locations_of, rows_of_nodes, whole
from atom_shopify_plugin.sync.mirror_work import Counted, Put, Work, by_table

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from atom_shopify_plugin.services import Services
    from atom_shopify_plugin.storage.insight.mirrors import Mirror

__all__ = ["counted", "load"]

_STALE = 2_000  # rows that one transaction deletes
_LEVELS = 250


def load(work: Work, stream: CatalogueStream) -> float | None:
    """Do what can be done now: return the seconds until more can be, None once the stream is whole."""
    position = work.position
    if not position.get("by"):
        by = "bulk" if work.state.mode == "bulk" else "paged"
        position = {"by": by}
        work.begin(position=position)
    if position["by"] == "bulk":
        try:
            pause = bulk(work, work.shop.bulk_query(stream.operation), lambda objects: _lines(work, stream, objects))
        except Refused as error:
            _change(work, {"by": "paged", "refused": True}, f"It is read page by page: {error}")
            return 0.0
    else:
        pause = _paged(work, stream)
    if pause is None:
        crashpoints.at("sync_before_end")
        _end(work, stream)
    return pause


def _change(work: Work, position: Mapping[str, Any], error: str = "") -> None:
    work.commit(
        operation_id=None,
        bytes_done=0,
        lines_done=0,
        roots_done=0,
        lines_expected=None,
        roots_expected=None,
        position=position,
        error=error,
    )


def _lines(work: Work, stream: CatalogueStream, objects: Lines) -> Put:
    """Return what writes the lines of a bulk result."""
    names = (stream.table if stream.things else "", stream.parts)
    return _put(work, rows_of_lines(names, work.mirror.number, work.state.generation, objects))


def _put(work: Work, rows: Mapping[str, list[Row]]) -> Put:
    """Return what writes rows; a check counts first how many are not known as they are."""
    catalogue = work.services.storage.catalogue

    def put(session: Session, _mirror: Mirror) -> int:
        found = sum(catalogue.differing(session, name, some) for name, some in rows.items()) if work.checks else 0
        for name, some in rows.items():
            catalogue.put(session, name, some)
        return found

    return put


def _paged(work: Work, stream: CatalogueStream) -> float | None:
    position = work.position
    if not stream.things:
        return _paged_parts(work, stream, position)
    while True:
        if position.get("pages", 0) >= stream.small and work.state.mode == "auto" and not position.get("refused"):
            _change(work, {"by": "bulk"})
            return 0.0
        data = work.shop.root(stream.operation, {"first": stream.page, "after": position.get("after"), "query": None})
        things = list(whole(work.shop, stream, data["nodes"]))
        rows = by_table(rows_of_nodes(stream, work.mirror.number, work.state.generation, things))
        position = {**position, "after": data["page_info"]["end_cursor"], "pages": position.get("pages", 0) + 1}
        lines = sum(map(len, rows.values()))
        work.commit(
            _put(work, rows),
            position=position,
            lines_done=work.state.lines_done + lines,
            roots_done=work.state.roots_done + len(things),
        )
        if not data["page_info"]["has_next_page"]:
            return None
        if work.over:
            return 0.0


def _paged_parts(work: Work, stream: CatalogueStream, position: dict[str, Any]) -> float | None:
    """Read the levels of one location after the other."""
    locations = sorted(locations_of(work.shop))
    while True:
        left = [one for one in locations if one > position.get("done", "")]
        if not left:
            return None
        if position.get("pages", 0) >= stream.small and work.state.mode == "auto" and not position.get("refused"):
            _change(work, {"by": "bulk"})
            return 0.0
        given = {"id": left[0], "first": _LEVELS, "after": position.get("after"), "query": None}
        holder = work.shop.root(stream.more, given)
        pages = position.get("pages", 0) + 1
        if holder is None:
            nodes, position = [], {**position, "done": left[0], "after": None, "pages": pages}
        else:
            connection = holder["inventory_levels"]
            nodes, info = connection["nodes"], connection["page_info"]
            ended = {"done": left[0], "after": None}
            position = {**position, "pages": pages}
            position |= {"after": info["end_cursor"]} if info["has_next_page"] else ended
        rows = by_table(rows_of_nodes(stream, work.mirror.number, work.state.generation, [({"id": left[0]}, nodes)]))
        work.commit(_put(work, rows), position=position, lines_done=work.state.lines_done + len(nodes))
        if work.over:
            return 0.0


def _end(work: Work, stream: CatalogueStream) -> None:
    """Delete what is no longer there, and write down that the stream is whole."""
    catalogue, generation = work.services.storage.catalogue, work.state.generation
    for name in stream.tables:

        def put(session: Session, mirror: Mirror, name: str = name) -> int:
            return catalogue.delete_stale(session, name, mirror, generation, _STALE)

        while work.commit(put) == _STALE:
            pass
    work.finish(lambda session, mirror: counted(work.services, stream, session, mirror))


def counted(services: Services, stream: CatalogueStream, session: Session, mirror: Mirror) -> Counted:
    """Return the rows of a stream's tables, and how many parts belong to nothing."""
    catalogue = services.storage.catalogue
    counts = {name: catalogue.count(session, name, mirror) for name in stream.tables}
    return counts, catalogue.orphans(session, stream.parts, mirror) if stream.parts else 0
