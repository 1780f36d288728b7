"""Companies of business customers, with their contacts, locations and roles."""

from __future__ import annotations

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.metafield_search import by_metafield
from atom_shopify_plugin.sandbox.places import country_name, province_name
from atom_shopify_plugin.sandbox.registry import derived, kind
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["ROLES", "contacts_of", "locations_of", "roles_of"]

ROLES = ("Location admin", "Ordering only")
_DATES = "createdAt updatedAt"
_WITHIN = ("company",)

kind(
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
kind(
    "CompanyContact",
    {"company": None, "customer": None},
    fields=f"{_DATES} locale title",
    indexed=("company", "customer"),
    listed={"Company.contacts": "company", "Customer.companyContactProfiles": "customer"},
    filters={"company_id": "id company", "title": "text"},
    words=("title",),
)
kind(
    "CompanyLocation",
    {"company": None, "locale": "en", "taxExempt": False, "buyerExperienceConfiguration": None},
    owner="COMPANY_LOCATION",
    fields=f"{_DATES} name note phone externalId billingAddress shippingAddress taxExemptions taxRegistrationId",
    indexed=("company", "externalId"),
    listed={"Company.locations": "company"},
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
kind("CompanyContactRole", {"note": None}, fields="name", indexed=_WITHIN, listed={"Company.contactRoles": "company"})
kind(
        "CompanyContactRoleAssignment",
        dict.fromkeys(("company", "companyContact", "companyLocation", "role")),
        fields=_DATES,
        indexed=("companyContact", "companyLocation"),
    listed={"CompanyContact.roleAssignments": "companyContact", "CompanyLocation.roleAssignments": "companyLocation"},
        filters={"company_contact_id": "id companyContact", "company_location_id": "id companyLocation",
                 "company_id": "id company", "company_contact_role_id": "id role", "created_at": "", "updated_at": ""},
    )  # fmt: skip
kind("CompanyAddress", fields=f"{_DATES} address1 address2 city firstName lastName phone recipient zip zoneCode")


def contacts_of(ctx: Context, company: Node) -> list[Node]:
    return ctx.store.find("CompanyContact", "company", company["id"])


def locations_of(ctx: Context, company: Node) -> list[Node]:
    return ctx.store.find("CompanyLocation", "company", company["id"])


def roles_of(ctx: Context, company: Node) -> list[Node]:
    return ctx.store.find("CompanyContactRole", "company", company["id"])


derived(
    {
        "Company.contactCount": lambda ctx, node: len(contacts_of(ctx, node)),
        "CompanyContact.isMainContact": lambda ctx, node: (
            ctx.store.all("Company")[node["company"]].get("mainContact") == node["id"]
        ),
        "CompanyLocation.currency": lambda ctx, _node: ctx.store.currency,
        "CompanyLocation.taxSettings": lambda ctx, node: {
            name: ctx.value(node, name) for name in ("taxExempt", "taxExemptions", "taxRegistrationId")
        },
        "CompanyAddress.companyName": "company.name",
        "CompanyAddress.country": lambda _, node: country_name(node["countryCode"]),
        "CompanyAddress.province": lambda _, node: (
            province_name(node["countryCode"], node["zoneCode"]) if node.get("zoneCode") else None
        ),
    }
)
