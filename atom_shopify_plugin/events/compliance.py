"""What Shopify wants done besides delivering events: people's data, the end of an installation, new scopes.

Each handler is safe to repeat and says whether the triggers of the topic fire. Facts: shopify.dev, "Privacy law
compliance" (three topics, a customer may be given by e-mail only, `shop/redact` 48 h after the uninstall).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from atom_shopify_plugin.events.data_subject import Person
from atom_shopify_plugin.events.shapes import shaped
from atom_shopify_plugin.events.subscribing import Subscribing
from atom_shopify_plugin.hookspecs import Event, Principal
from atom_shopify_plugin.shopify.scopes import expand_scopes
from atom_shopify_plugin.storage import AuditEntry, Job, NewJob, Store
from atom_shopify_plugin.storage.upkeep.erasure import Held

if TYPE_CHECKING:
    from atom_shopify_plugin.services import Services

__all__ = ["EXPORT", "HANDLERS", "kept"]

log = logging.getLogger(__name__)

EXPORT = "export"
"""The kind of the jobs that hold an export; there is nothing to do for them but to be kept."""

_SHOPIFY = Principal("shopify", tenant="shopify", via="webhook")


def data_request(services: Services, job: Job, payload: Mapping[str, Any], _at: datetime) -> bool:
    """Put together all that is held of a customer, for the merchant to hand over."""
    person = Person.of(payload, "orders_requested")
    records = [_record(held) for held in services.storage.erasure.held(job.app, job.shop, job.installation_id)
               if held.id != job.id and held.label != EXPORT and person.is_in(held.content)]  # fmt: skip
    records += _copied(services, job, person)
    export = {"request": payload, "made_at": services.storage.now().isoformat(timespec="seconds"), "records": records}
    services.storage.jobs.put(
        NewJob(
            kind=EXPORT,
            app=job.app,
            shop=job.shop,
            dedupe=job.dedupe,
            subject=EXPORT,
            headers={"records": str(len(records)), "request": job.id},
            body=orjson.dumps(export),
            installation_id=job.installation_id,
        ),
        timeout=20.0,
    )
    _tell(services, job, "customer_data_requested", payload)
    _note(services, job, "customer_data_request")
    return False


def customer_redact(services: Services, job: Job, payload: Mapping[str, Any], _at: datetime) -> bool:
    """Erase a customer and the listed orders from everything that is held, this request at last."""
    person = Person.of(payload, "orders_to_redact")
    erasure, own = services.storage.erasure, None
    for held in erasure.held(job.app, job.shop, job.installation_id):
        if held.id == job.id:
            own = held
        elif person.is_in(held.content):
            erasure.erase(held)
    if job.installation_id is not None:
        erasure.forget_targets(job.installation_id, person.is_target)
        services.storage.chat_states.forget(job.installation_id)
        _forget_copied(services, job.installation_id, person)
        subjects = [f"customers/{person.customer_id}", *(f"orders/{one}" for one in person.orders)]
        services.storage.trigger_states.forget(job.installation_id, subjects)
    if services.host.forget is not None:
        services.host.forget(job.shop, person.terms())
    _tell(services, job, "customer_redaction_requested", payload)
    _note(services, job, "customer_redact")
    if own is not None:
        erasure.erase(own)
    if not erasure.scrub():
        log.warning("The write-ahead log could not be emptied after a redaction: it is read all the time.")
    return False


def shop_redact(services: Services, job: Job, _payload: Mapping[str, Any], at: datetime) -> bool:
    """Destroy a store's data key and everything of it, unless the app has been installed again since."""
    storage = services.storage
    installed = storage.installed.find(job.app, job.shop)
    if installed is not None and installed.state != "uninstalled":
        if installed.installed_at >= at:
            _note(services, job, "shop_redact", outcome="INSTALLED_AGAIN")
            return False
        # 48 h after an uninstall that nobody told us of.
        storage.installations.uninstall(installed.id, before=at)
    if services.host.forget is not None:
        services.host.forget(job.shop, None)
    _tell(services, job, "shop_redaction_requested", {})
    if installed is not None:
        storage.mirrors.drop(installed.id)  # in short transactions; deleting the store would do it in one
    storage.erasure.forget_store(job.app, job.shop, installed.id if installed is not None else None, except_id=job.id)
    if installed is not None:
        services.connections.forget(installed.id)
    services.forget_installations()
    _note(services, job, "shop_redact", known=False)
    storage.erasure.scrub()
    return False


def uninstalled(services: Services, job: Job, _payload: Mapping[str, Any], at: datetime) -> bool:
    """End the installation, and put its jobs aside; a notice that is older than the installation changes nothing.

    Shopify is not called: the token is dead by now.
    """
    if job.installation_id is None:
        return False
    storage = services.storage
    known = storage.installed.by_id(job.installation_id)
    if known is None or (known.state != "uninstalled" and known.installed_at >= at):
        return False
    if storage.installations.uninstall(job.installation_id, before=at):
        _note(services, job, "app_uninstalled")
    storage.trigger_states.forget(job.installation_id)
    storage.mirrors.drop(job.installation_id)
    services.connections.forget(job.installation_id)
    services.forget_installations()
    storage.jobs.park(job.installation_id, "The app was uninstalled.", except_id=job.id)
    return True


def scopes_changed(services: Services, job: Job, _payload: Mapping[str, Any], _at: datetime) -> bool:
    """Ask the store what it grants now: the body may be late. Other scopes open other topics."""
    store = _described(services, job)
    if store is None:
        return False
    Subscribing(services).schedule(store.id, job.id)
    return True


def shop_changed(services: Services, job: Job, _payload: Mapping[str, Any], _at: datetime) -> bool:
    """Ask the store for its name, currency and time zone: the days of filters are those of its zone."""
    return _described(services, job) is not None


def _described(services: Services, job: Job) -> Store | None:
    store = services.storage.installed.store(job.installation_id) if job.installation_id is not None else None
    if store is None:
        return None
    shop = services.open_shop(store)
    data = shop.execute("ConnectedShop")
    scopes = expand_scopes(scope["handle"] for scope in data["current_app_installation"]["access_scopes"])
    about = data["shop"]
    services.storage.installations.describe(
        store.id,
        name=about["name"],
        currency=about["currency_code"],
        timezone=about["iana_timezone"],
        scopes=frozenset(scopes),
    )
    return store


def kept(_services: Services, _job: Job) -> None:
    """Do nothing for an export: it is kept for the merchant until its time is over."""


Handler = Callable[["Services", Job, Mapping[str, Any], datetime], bool]
HANDLERS: Mapping[str, Handler] = {
    "customers/data_request": data_request,
    "customers/redact": customer_redact,
    "shop/redact": shop_redact,
    "app/uninstalled": uninstalled,
    "app/scopes_update": scopes_changed,
    "shop/update": shop_changed,
}


def _record(held: Held) -> dict[str, Any]:
    content: Any
    try:
        content = orjson.loads(held.content)
    except orjson.JSONDecodeError:
        content = held.content.decode("utf-8", "replace")
    return {"kind": held.kind, "of": held.label, "at": held.at.isoformat(timespec="seconds"), "content": content}


def _copied(services: Services, job: Job, person: Person) -> list[dict[str, Any]]:
    """Return what is copied of a customer: it has no name and no contact."""
    if job.installation_id is None or not person.customer_id:
        return []
    row = services.storage.mirrored_customers.held(job.installation_id, int(person.customer_id))
    return [] if row is None else [{"kind": "copy", "of": "customers", "at": row["updated_at"], "content": row}]


def _forget_copied(services: Services, installation_id: str, person: Person) -> None:
    """Delete the copied customer, whose orders then are a guest's; the listed ones are read again.

    The result of a bulk operation that is being read was written before, and may tell of the customer: it is given up.
    """
    storage = services.storage
    if person.customer_id:
        storage.mirrored_customers.forget(installation_id, int(person.customer_id))
        storage.audiences.forget(installation_id, int(person.customer_id))
        store = storage.installed.store(installation_id)
        if store is not None and storage.mirrors.get(installation_id) is not None:
            with storage.begin() as session:
                mirror = storage.mirrors.lock(session, store)
                storage.sync_runs.begin_anew(session, mirror, ("customers", "orders"))
                storage.mirrored_orders.detach(session, mirror, int(person.customer_id))
    for one in person.orders:
        storage.changed_things.mark(installation_id, "orders", int(one))


def _tell(services: Services, job: Job, key: str, payload: Mapping[str, Any]) -> None:
    """Tell the host, which may hold copies of events, by ids alone."""
    if services.host.emit is None:
        return
    ids = shaped(services.catalog.triggers[key], services.catalog.schemas, payload)
    services.host.emit(Event(key, ids, f"{key}|{job.dedupe}", job.shop))


def _note(services: Services, job: Job, action: str, *, outcome: str = "ok", known: bool = True) -> None:
    """Write down that it was done, and nothing about whom."""
    services.storage.audit.record(
        AuditEntry(
            principal=_SHOPIFY,
            action=action,
            effect="destructive" if "redact" in action or "uninstalled" in action else "read",
            outcome=outcome,
            seconds=0.0,
            store_id=job.installation_id if known else None,
            shop=job.shop,
            request_id=job.id,
        )
    )
