"""Seeded customers, with names and addresses from Faker."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from random import Random

from atom_shopify_plugin.sandbox.places import PROVINCES, country_name, province_name
from atom_shopify_plugin.sandbox.store import Node, StoreState, stamp

__all__ = ["add_customers", "plain"]

NAMES = 400  # first and last names are drawn from pools: as lively as fresh ones, and much faster


@lru_cache(maxsize=16)
def _drawn(
    locale: str, seed: int, count: int
) -> tuple[Sequence[str], Sequence[str], Sequence[tuple[str, str]], Sequence[str]]:
    """Return the first names, last names, cities with their postcodes, and streets that a seed draws from."""
    try:
        from faker import Faker  # slow to import, and only a seed needs it
    except ImportError as missing:
        raise ImportError(
            "The sandbox makes its people with Faker: pip install 'atom-shopify-plugin[sandbox]'"
        ) from missing

    faker = Faker(locale)
    faker.seed_instance(seed)
    pool = min(NAMES, 2 * count)
    first, last = [faker.first_name() for _ in range(pool)], [faker.last_name() for _ in range(pool)]
    cities = [(faker.city(), faker.postcode()) for _ in range(min(150, count))]
    return first, last, cities, [faker.street_address() for _ in range(min(300, count))]


def add_customers(
    store: StoreState, random: Random, now: datetime, count: int, locale: str, country: str
) -> list[Node]:
    """Add `count` customers, Ada Lovelace first; return them."""
    first, last, cities, streets = _drawn(locale, random.randrange(2**32), count)
    people = []
    for at in range(count):
        given, family = ("Ada", "Lovelace") if at == 0 else (random.choice(first), random.choice(last))
        email = (
            "ada@example.com"
            if at == 0
            else f"{plain(given)}.{plain(family)}{at}@example.{random.choice(('com', 'net', 'org'))}"
        )
        phone = "+15550100" if at == 0 else f"+1555{1_000_000 + at * 37:07d}"
        created = now - timedelta(days=random.randint(1, 545), seconds=random.randrange(86400))
        city, postcode = random.choice(cities)
        place = _address(store, random, country, given, family, random.choice(streets), city, postcode)
        subscribed = random.random() < 0.45
        chance = random.random()
        person: Node = {
            "id": store.new_id("Customer"),
            "__typename": "Customer",
            "firstName": given,
            "lastName": family,
            "email": email,
            "phone": phone if at == 0 or random.random() < 0.6 else None,
            "tags": ["vip"] if at == 0 or chance < 0.05 else ["wholesale"] if chance < 0.08 else [],
            "locale": locale.partition("_")[0],
            "state": "ENABLED" if random.random() < 0.3 else "DISABLED",
            "createdAt": stamp(created),
            "updatedAt": stamp(created),
            "addressIds": [place["id"]],
            "defaultAddress": place["id"],
        }
        consent = {
            "marketingState": "SUBSCRIBED",
            "marketingOptInLevel": "SINGLE_OPT_IN",
            "consentUpdatedAt": stamp(created),
        }
        if subscribed:
            person["emailConsent"] = consent
        if at == 0:
            person |= {"smsConsent": consent, "whatsAppConsent": consent}
        people.append(store.put(person))
    return people


def _address(
    store: StoreState, random: Random, country: str, given: str, family: str, street: str, city: str, postcode: str
) -> Node:
    region = random.choice(list(PROVINCES[country])) if country in PROVINCES else None
    return store.put(
        {
            "id": f"{store.new_id('MailingAddress')}?model_name=CustomerAddress",
            "__typename": "MailingAddress",
            "firstName": given,
            "lastName": family,
            "address1": " ".join(street.split()),
            "city": city,
            "zip": postcode,
            "countryCodeV2": country,
            "country": country_name(country),
            "provinceCode": region,
            "province": province_name(country, region) if region else None,
        }
    )


def plain(name: str) -> str:
    """Return the Latin letters of a name in lower case, for an e-mail address."""
    letters = unicodedata.normalize("NFKD", name.lower().replace("ß", "ss"))
    return re.sub(r"[^a-z]", "", letters) or "x"
