"""How Celery is set up, on the side that sends nudges and on the side that takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.errors import Misconfigured

if TYPE_CHECKING:
    from celery import Celery  # type: ignore[import-untyped]  # it has no types

    from atom_shopify_plugin.settings import Settings

__all__ = ["QUEUE", "TASK", "make_celery"]

TASK = "atom_shopify.nudge"
QUEUE = "atom_shopify"

_VISIBILITY = 3600  # longer than the longest job; nobody waits for it, the rows are looked at every few seconds


def make_celery(settings: Settings, *, publisher: bool) -> Celery:
    """Return a Celery application for our one task; raise `Misconfigured` without the extra ``celery``."""
    try:
        from celery import Celery
    except ImportError:
        raise Misconfigured(
            "ATOM_SHOPIFY_CELERY_BROKER_URL needs Celery: pip install 'atom-shopify-plugin[celery]'.",
            details={"setting": "ATOM_SHOPIFY_CELERY_BROKER_URL"},
        ) from None

    app = Celery("atom-shopify", broker=settings.celery_broker_url.reveal(), set_as_current=False)
    # A publisher gives up soon: the sweep finds what it could not say. A worker waits on its socket all day, and has
    # to notice when nobody is at the other end.
    sockets: dict[str, Any] = (
        {"socket_timeout": 1.0, "socket_connect_timeout": 1.0, "retry_on_timeout": False, "max_retries": 0}
        if publisher
        else {"socket_timeout": 10.0, "socket_connect_timeout": 3.0, "socket_keepalive": True}
    )
    app.conf.update(
        task_default_queue=QUEUE,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        task_publish_retry=False,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        worker_enable_remote_control=False,
        worker_soft_shutdown_timeout=20.0,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_timeout=2.0,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_heartbeat=10,
        broker_pool_limit=1,
        broker_transport_options={"visibility_timeout": _VISIBILITY, "health_check_interval": 5, **sockets},
    )
    return app
