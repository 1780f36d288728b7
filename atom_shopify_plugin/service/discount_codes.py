"""The codes of a discount: many at once, which Shopify adds and deletes in the background."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from atom_shopify_plugin.errors import Fault, InvalidInput
from atom_shopify_plugin.service.background import NothingDone, Pending
from atom_shopify_plugin.service.discounts import get
from atom_shopify_plugin.service.finding import PAGE, PAGES, missing
from atom_shopify_plugin.shopify.ids import gid, parse_gid
from atom_shopify_plugin.shopify.search import Search, Term
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["add", "added", "deleted", "remove"]

Json = dict[str, Any]

_AT_ONCE = 25  # codes that are looked for in one search


def add(shop: Shop, *, id: str, codes: list[str]) -> Pending:  # noqa: A002  # the input's own name
    """Begin to add codes to a discount.

    Raises `InvalidInput` where a code is given twice; case does not matter.
    """
    _distinct(codes)
    before = _count(shop, id)
    sent = {"id": id, "codes": [{"code": code} for code in codes]}
    creation = shop.root("DiscountRedeemCodeAdd", sent)["bulk_creation"]
    look = {"creation": str(creation["id"]), "before": str(before)}
    return Pending(look, total=len(codes), message="Shopify adds the codes.")


def added(shop: Shop, look: Mapping[str, str], *, id: str, codes: list[str]) -> Pending | Json:  # noqa: A002
    """Look at an addition: return what became of each code once it is done, `Pending` until then.

    `codes_count` is how many codes the discount has by that account. Where Shopify has forgotten the addition, the
    codes themselves are looked for. Raises `NothingDone` where Shopify added none of them.
    """
    creation = shop.root("DiscountRedeemCodeCreation", {"id": look["creation"]})
    if creation is not None and not creation["done"]:
        done = creation["imported_count"] + creation["failed_count"]
        return Pending(look, done=done, total=len(codes), message="Shopify adds the codes.")
    if creation is None:
        rows, claimed = _seen(shop, id, codes), len(codes)
    else:
        rows = [_row(row) for row in creation["codes"]["nodes"]]
        claimed = sum(row["added"] for row in rows)
    if claimed == 0:
        first = rows[0]
        more = f" {len(rows) - 1} more failed, too." if len(rows) > 1 else ""
        message = f"Shopify added none of the codes. “{first['code']}”: {first['error']}{more}"
        raise NothingDone(message, details={"id": id, "codes": rows})
    return {
        "id": id,
        "codes_count": int(look["before"]) + claimed,
        "added_count": sum(row["added"] for row in rows),
        "failed_count": sum(not row["added"] for row in rows),
        "codes": rows,
        "added_codes": [row["code"] for row in rows if row["added"]],
    }


def remove(shop: Shop, *, id: str, codes: list[str]) -> Pending:  # noqa: A002
    """Begin to delete codes of a discount.

    Raises `InvalidInput` with each code that the discount does not have; then nothing is deleted.
    """
    _distinct(codes)
    known = dict(_found(shop, id, codes))
    faults = [
        Fault(f"/codes/{index}", "This discount has no such code.", "not_found")
        for index, code in enumerate(codes)
        if code.casefold() not in known
    ]
    if faults:
        raise InvalidInput(f"{faults[0].pointer}: {faults[0].message}", faults)
    ids = [known[code.casefold()] for code in codes]
    job = shop.root("DiscountRedeemCodeDelete", {"id": id, "ids": ids})["job"]
    look = {} if job is None else {"job": str(job["id"])}
    return Pending(look, total=len(codes), message="Shopify deletes the codes.")


def deleted(shop: Shop, look: Mapping[str, str], *, id: str, codes: list[str]) -> Pending | Json:  # noqa: A002
    """Look at a deletion: return what is left once it is done, `Pending` until then.

    Raises `NothingDone` where Shopify ended it and all codes are still there.
    """
    job = shop.root("JobGet", {"id": look["job"]}) if "job" in look else None
    if job is not None and not job["done"]:
        return Pending(look, total=len(codes), message="Shopify deletes the codes.")
    there = dict(_found(shop, id, codes))
    if len(there) == len(codes):
        raise NothingDone("Shopify finished the deletion, but all the codes are still there.", details={"id": id})
    return {
        "id": id,
        "codes_count": _count(shop, id),
        "deleted_codes": [code for code in codes if code.casefold() not in there],
        "left_codes": [code for code in codes if code.casefold() in there],
    }


def _count(shop: Shop, discount: str) -> int:
    found = get(shop, id=discount)
    if found is None:
        raise missing(shop, "discount", {"id": discount})
    if found["method"] != "CODE":
        message = "An automatic discount has no codes."
        raise InvalidInput(message, [Fault("/id", message, "conflict")])
    return int(found["codes_count"] or 0)


def _seen(shop: Shop, discount: str, codes: Sequence[str]) -> list[Json]:
    there = dict(_found(shop, discount, codes))
    told = "Shopify does not say what became of it, and the discount has no such code."
    return [
        {"code": code, "added": known is not None, "id": known, "error": None if known else told}
        for code in codes
        for known in [there.get(code.casefold())]
    ]


def _distinct(codes: Sequence[str]) -> None:
    seen: set[str] = set()
    for index, code in enumerate(codes):
        if code.casefold() in seen:
            message = "This code is given twice; upper and lower case are the same."
            raise InvalidInput(message, [Fault(f"/codes/{index}", message, "duplicate")])
        seen.add(code.casefold())


def _found(shop: Shop, discount: str, codes: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield those of the codes that a discount has, each folded, with its id.

    Shopify's search of codes has no filter for the code itself; as free words, it is found.
    """
    wanted = {code.casefold() for code in codes}
    for start in range(0, len(codes), _AT_ONCE):
        query = str(Search.any_of([Term(None, ":", code) for code in codes[start : start + _AT_ONCE]]))
        variables: Json = {"id": gid("DiscountNode", parse_gid(discount).number), "first": PAGE, "query": query}
        for _ in range(PAGES):
            node = shop.root("DiscountCodes", variables)
            if node is None:
                raise missing(shop, "discount", {"id": discount})
            page = node["discount"].get("codes")
            if page is None:
                return  # an automatic discount
            yield from (
                (code["code"].casefold(), code["id"]) for code in page["nodes"] if code["code"].casefold() in wanted
            )
            if not page["page_info"]["has_next_page"]:
                break
            variables = {**variables, "after": page["page_info"]["end_cursor"]}


def _row(row: Mapping[str, Any]) -> Json:
    error = None if row["discount_redeem_code"] else "; ".join(one["message"] for one in row["errors"]) or "unknown"
    code = row["discount_redeem_code"]
    return {"code": row["code"], "added": code is not None, "id": code and code["id"], "error": error}
