"""What all domains share: node roots, jobs, addresses, images, counts, numeric ids."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.official.table import official
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.places import country_name, province_name
from atom_shopify_plugin.sandbox.refusals import wrong_id
from atom_shopify_plugin.sandbox.registry import REGISTRY, derived, field_rule, kind, query
from atom_shopify_plugin.sandbox.store import Node, gid_type, number

__all__ = ["address", "image", "new_job"]

ADDRESS_PARTS = ("address1", "address2", "city", "company", "firstName", "lastName", "phone", "zip")

kind("Job", fields="done")
kind(
    "MailingAddress",
    {**dict.fromkeys((*ADDRESS_PARTS, "country", "countryCodeV2", "province", "provinceCode"))},
    fields="latitude longitude timeZone validationResultSummary coordinatesValidated",
)
kind("Image", fields="altText height width thumbhash id")
kind("SEO", fields="title description")
kind("Weight")
kind("Count")
kind("Attribute", fields="value")


@query("node")
def node(ctx: Context, args: dict[str, Any]) -> Node | None:
    return _any_node(ctx, args["id"], "node")


@query("nodes")
def nodes(ctx: Context, args: dict[str, Any]) -> list[Node | None]:
    return [_any_node(ctx, gid, "nodes") for gid in args["ids"]]


def _any_node(ctx: Context, gid: str, name: str) -> Node | None:
    """Return a node of any type; None for one that is not modelled, of which there is none."""
    kind = gid_type(gid)
    known = official().type(kind) if kind else None
    if known is None or "Node" not in known.interfaces:
        raise wrong_id(gid, mutation=False)
    return ctx.lookup(gid, name=name) if known.name in REGISTRY.kinds else None


derived(
    {
        "LegacyInteroperability|Collection.legacyResourceId": lambda _, node: number(node["id"]),
        "Navigable.defaultCursor": lambda _, node: hashlib.sha256(node["id"].encode()).hexdigest()[:24],
        "Job.query": lambda _ctx, node: {} if node["done"] else None,
        "Image.url|src|originalSrc|transformedSrc": "url",
        "MailingAddress.countryCode": "countryCodeV2",
    }
)


def image(gid: str, url: str, alt: str | None) -> Node:
    return {"__typename": "Image", "id": gid, "url": url, "altText": alt}


def new_job(ctx: Context) -> Node:
    """Add a job that is not done; the id is a UUID, as Shopify's are."""
    digits = hashlib.sha256(f"{ctx.store.shop_domain}{ctx.store.new_id('Job')}".encode()).hexdigest()
    parts = (digits[:8], digits[8:12], f"4{digits[13:16]}", f"8{digits[17:20]}", digits[20:32])
    return ctx.create("Job", {"done": False}, gid=f"gid://shopify/Job/{'-'.join(parts)}")


# addresses


def address(given: Mapping[str, Any], gid: str) -> Node:
    """Return a postal address from its input; a code names its country and province, a name stands for itself."""
    code, region = given.get("countryCode"), given.get("provinceCode")
    return {
        "__typename": "MailingAddress",
        "id": gid,
        **{name: given.get(name) for name in ADDRESS_PARTS},
        "countryCodeV2": code,
        "country": country_name(code) if code else given.get("country"),
        "provinceCode": region,
        "province": province_name(code, region) if region else given.get("province"),
    }


@field_rule("MailingAddress.name")
def address_name(_ctx: Context, node: Node, _args: dict[str, Any]) -> str | None:
    return " ".join(filter(None, (node.get("firstName"), node.get("lastName")))) or None


@field_rule("MailingAddress.formattedArea")
def address_area(_ctx: Context, node: Node, _args: dict[str, Any]) -> str | None:
    place = " ".join(filter(None, (node.get("city"), node.get("provinceCode"))))
    parts = dict.fromkeys(filter(None, (place, node.get("country"))))  # a city that is a country is named once
    return ", ".join(parts) or None


@field_rule("MailingAddress.formatted")
def address_lines(ctx: Context, node: Node, args: dict[str, Any]) -> list[str]:
    city = " ".join(filter(None, (node.get("city"), node.get("provinceCode"), node.get("zip"))))
    lines = [node.get("address1"), node.get("address2"), city, node.get("country")]
    if args.get("withCompany"):
        lines.insert(0, node.get("company"))
    if args.get("withName"):
        lines.insert(0, address_name(ctx, node, {}))
    return [line for line in lines if line]
