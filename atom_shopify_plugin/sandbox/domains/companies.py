"""Companies of business customers, with their contacts, locations and roles."""

from __future__ import annotations

from typing import Any

from atom_shopify_plugin.sandbox.connections import page_of, root_page
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.metafield_search import by_metafield
from atom_shopify_plugin.sandbox.domains.shared import exact_count
from atom_shopify_plugin.sandbox.places import country_name, province_name
from atom_shopify_plugin.sandbox.registry import Kind, field_rule, kind
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["ROLES", "contacts_of", "locations_of", "roles_of"]

ROLES = ("Location admin", "Ordering only")
_DATES = "createdAt updatedAt"
_WITHIN = ("company",)

kind(
    Kind(
        "Company",
        {"customerSince": None, "mainContact": None, "hasTimelineComment": False},
        fields=f"{_DATES} name note externalId",
        indexed=("externalId",),
        filters={
            "name": "text",
            "created_at": "",
            "updated_at": "",
            "since_date": "date customerSince",
            "external_id": "exact externalId",
        },
        words=("name",),
        sort={"SINCE_DATE": "customerSince"},
        patterns={"metafields.": by_metafield},
    )
)
kind(
    Kind(
        "CompanyContact",
        {"company": None, "customer": None},
        fields=f"{_DATES} locale title",
        indexed=("company", "customer"),
        filters={"company_id": "id company", "title": "text"},
        words=("title",),
    )
)
kind(
    Kind(
        "CompanyLocation",
        {"company": None, "locale": "en", "taxExempt": False, "buyerExperienceConfiguration": None},
        owner="COMPANY_LOCATION",
        fields=f"{_DATES} name note phone externalId billingAddress shippingAddress taxExemptions taxRegistrationId",
        indexed=("company", "externalId"),
        filters={
            "ids": "id id",
            "name": "text",
            "company_id": "id company",
            "created_at": "",
            "updated_at": "",
            "external_id": "exact externalId",
        },
        words=("name",),
        patterns={"metafields.": by_metafield},
    )
)
kind(Kind("CompanyContactRole", {"note": None}, fields="name", indexed=_WITHIN))
kind(
    Kind(
        "CompanyContactRoleAssignment",
        dict.fromkeys(("company", "companyContact", "companyLocation", "role")),
        fields=_DATES,
        indexed=("companyContact", "companyLocation"),
        filters={"company_contact_id": "id companyContact", "company_location_id": "id companyLocation",
                 "company_id": "id company", "company_contact_role_id": "id role", "created_at": "", "updated_at": ""},
    )
)  # fmt: skip
kind(Kind("CompanyAddress", fields=f"{_DATES} address1 address2 city firstName lastName phone recipient zip zoneCode"))


def contacts_of(ctx: Context, company: Node) -> list[Node]:
    return ctx.store.find("CompanyContact", "company", company["id"])


def locations_of(ctx: Context, company: Node) -> list[Node]:
    return ctx.store.find("CompanyLocation", "company", company["id"])


def roles_of(ctx: Context, company: Node) -> list[Node]:
    return ctx.store.find("CompanyContactRole", "company", company["id"])


def _list(name: str, listed: str, field: str) -> None:
    """Let the field `name` list the nodes of the kind `listed` whose `field` is the node."""

    def rows(ctx: Context, node: Node, args: dict[str, Any]) -> Any:
        return root_page(ctx, listed, args, lambda row: row[field] == node["id"])

    field_rule(name)(rows)


def _count(name: str, listed: str) -> None:
    def rows(ctx: Context, node: Node, _args: dict[str, Any]) -> Node:
        return exact_count(len(ctx.store.find(listed, "company", node["id"])))

    field_rule(name)(rows)


_list("Company.contacts", "CompanyContact", "company")
_list("Company.contactRoles", "CompanyContactRole", "company")
_list("Company.locations", "CompanyLocation", "company")
_list("CompanyContact.roleAssignments", "CompanyContactRoleAssignment", "companyContact")
_list("CompanyLocation.roleAssignments", "CompanyContactRoleAssignment", "companyLocation")
_count("Company.contactsCount", "CompanyContact")
_count("Company.locationsCount", "CompanyLocation")


@field_rule("Company.contactCount")
def contact_count(ctx: Context, node: Node, _args: dict[str, Any]) -> int:
    return len(contacts_of(ctx, node))


@field_rule("CompanyContact.isMainContact")
def is_main(ctx: Context, node: Node, _args: dict[str, Any]) -> bool:
    return bool(ctx.store.all("Company")[node["company"]].get("mainContact") == node["id"])


@field_rule("CompanyLocation.currency")
def location_currency(ctx: Context, _node: Node, _args: dict[str, Any]) -> str:
    return ctx.store.currency


@field_rule("CompanyLocation.taxSettings")
def tax_settings(ctx: Context, node: Node, _args: dict[str, Any]) -> Node:
    return {name: ctx.value(node, name) for name in ("taxExempt", "taxExemptions", "taxRegistrationId")}


@field_rule("Customer.companyContactProfiles")
def contact_profiles(ctx: Context, node: Node, _args: dict[str, Any]) -> list[Node]:
    return ctx.store.find("CompanyContact", "customer", node["id"])


# The store has no orders of companies.
@field_rule("Company.orders", "CompanyLocation.orders", "CompanyContact.orders")
def no_orders(_ctx: Context, node: Node, args: dict[str, Any]) -> Any:
    return page_of([], args, [node["id"], "orders"])


@field_rule("Company.ordersCount", "CompanyLocation.ordersCount")
def no_orders_count(_ctx: Context, _node: Node, _args: dict[str, Any]) -> Node:
    return exact_count(0)


@field_rule("CompanyAddress.companyName")
def address_company(ctx: Context, node: Node, _args: dict[str, Any]) -> str:
    return str(ctx.store.all("Company")[node["company"]]["name"])


@field_rule("CompanyAddress.country")
def address_country(_ctx: Context, node: Node, _args: dict[str, Any]) -> str:
    return country_name(node["countryCode"])


@field_rule("CompanyAddress.province")
def address_province(_ctx: Context, node: Node, _args: dict[str, Any]) -> str | None:
    return province_name(node["countryCode"], node["zoneCode"]) if node.get("zoneCode") else None
