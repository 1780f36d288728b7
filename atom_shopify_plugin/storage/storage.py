"""Everything that is stored: the database and its repositories."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from atom_shopify_plugin.metrics.meter import Meter
from atom_shopify_plugin.settings import Settings
from atom_shopify_plugin.storage.calls.approvals import Approvals
from atom_shopify_plugin.storage.calls.audit import AuditLog
from atom_shopify_plugin.storage.calls.confirmations import Confirmations
from atom_shopify_plugin.storage.calls.counters import Counters
from atom_shopify_plugin.storage.calls.idempotency import IdempotencyKeys
from atom_shopify_plugin.storage.calls.operations import Operations
from atom_shopify_plugin.storage.calls.policies import Policies
from atom_shopify_plugin.storage.calls.usage import UsageStatistics
from atom_shopify_plugin.storage.database.database import Database
from atom_shopify_plugin.storage.database.timeouts import begin_answering, end_answering
from atom_shopify_plugin.storage.insight.audience_facts import AudienceFacts
from atom_shopify_plugin.storage.insight.audiences import Audiences
from atom_shopify_plugin.storage.insight.baskets import Baskets
from atom_shopify_plugin.storage.insight.catalogue import Catalogue
from atom_shopify_plugin.storage.insight.changed import ChangedThings
from atom_shopify_plugin.storage.insight.code_sales import CodeSales
from atom_shopify_plugin.storage.insight.customers import MirroredCustomers
from atom_shopify_plugin.storage.insight.figures import SalesFigures
from atom_shopify_plugin.storage.insight.histories import SalesHistories
from atom_shopify_plugin.storage.insight.mirrors import Mirrors
from atom_shopify_plugin.storage.insight.order_facts import OrderFacts
from atom_shopify_plugin.storage.insight.orders import MirroredOrders
from atom_shopify_plugin.storage.insight.saved import SavedThings
from atom_shopify_plugin.storage.insight.stock_facts import StockFacts
from atom_shopify_plugin.storage.insight.stock_sums import StockSums
from atom_shopify_plugin.storage.insight.sync_lines import SyncLines
from atom_shopify_plugin.storage.insight.sync_runs import SyncRuns
from atom_shopify_plugin.storage.stores.chat_states import ChatStates
from atom_shopify_plugin.storage.stores.conversations import Conversations
from atom_shopify_plugin.storage.stores.installations import Installations
from atom_shopify_plugin.storage.stores.installed import InstalledStores
from atom_shopify_plugin.storage.stores.invitations import Invitations
from atom_shopify_plugin.storage.stores.memberships import Memberships
from atom_shopify_plugin.storage.stores.oauth_states import OAuthStates
from atom_shopify_plugin.storage.stores.tokens import Tokens
from atom_shopify_plugin.storage.upkeep import cleanup, rotation
from atom_shopify_plugin.storage.upkeep.erasure import Erasure
from atom_shopify_plugin.storage.work.data_keys import DataKeys
from atom_shopify_plugin.storage.work.events import Events, Watermarks
from atom_shopify_plugin.storage.work.feed import Feed
from atom_shopify_plugin.storage.work.jobs import JobQueue
from atom_shopify_plugin.storage.work.own_writes import OwnWrites
from atom_shopify_plugin.storage.work.pulse import Pulses
from atom_shopify_plugin.storage.work.sync_state import Cursors, Levels, Subscriptions
from atom_shopify_plugin.storage.work.trigger_states import TriggerStates

__all__ = ["Storage"]

_PING = 0.8  # seconds


class Storage(Database):
    """Everything that is remembered, one repository for each kind; see `Database` for `clock`."""

    def __init__(self, settings: Settings, *, clock: Callable[[], datetime] | None = None) -> None:
        self.meter = Meter(by_store=settings.metrics_by_store)
        super().__init__(settings, clock=clock, meter=self.meter)
        self.history = settings.history_mb << 20
        self.pulses = Pulses(self)
        self.memberships = Memberships(self)
        self.installations = Installations(self, self.memberships)
        self.tokens = Tokens(self, self.installations)
        self.invitations = Invitations(self, self.memberships)
        self.conversations = Conversations(self, self.memberships)
        self.chat_states = ChatStates(self)
        self.oauth_states = OAuthStates(self)
        self.confirmations = Confirmations(self)
        self.idempotency = IdempotencyKeys(self)
        self.audit = AuditLog(self)
        self.policies = Policies(self)
        self.approvals = Approvals(self)
        self.usage = UsageStatistics(self)
        self.counters = Counters(self, self.meter)
        self.data_keys = DataKeys(self)
        self.jobs = JobQueue(self, self.data_keys, self.pulses)
        self.operations = Operations(self, self.audit, self.jobs)
        self.events = Events(self, self.data_keys, self.jobs)
        self.feed = Feed(self)
        self.watermarks = Watermarks(self)
        self.trigger_states = TriggerStates(self)
        self.own_writes = OwnWrites(self)
        self.subscriptions = Subscriptions(self)
        self.levels = Levels(self)
        self.cursors = Cursors(self)
        self.mirrors = Mirrors(self)
        self.mirrored_orders = MirroredOrders(self)
        self.mirrored_customers = MirroredCustomers(self)
        self.catalogue = Catalogue(self)
        self.sync_runs = SyncRuns(self)
        self.sync_lines = SyncLines(self)
        self.changed_things = ChangedThings(self)
        self.sales_figures = SalesFigures(self)
        self.code_sales = CodeSales(self)
        self.order_facts = OrderFacts(self)
        self.stock_sums = StockSums(self)
        self.sales_histories = SalesHistories(self)
        self.baskets = Baskets(self)
        self.stock_facts = StockFacts(self)
        self.audience_facts = AudienceFacts(self)
        self.audiences = Audiences(self)
        self.saved = SavedThings(self)
        self.installed = InstalledStores(self)
        self.erasure = Erasure(self, self.data_keys, self.jobs, self.events, self.own_writes)

    def rotate(self, batch: int = 100) -> dict[str, int]:
        """Encrypt with the first key whatever another key encrypted, until nothing is left; return the rows by table.

        It commits each batch, so that it may be stopped and started again; readers and writers go on meanwhile.
        """
        self.keys.reload()
        return rotation.rotate(self, batch)

    def cleanup(self) -> dict[str, int]:
        """Delete what has expired: states, confirmations, idempotency keys, dead tokens, old counters."""
        return cleanup.cleanup(
            self, self.jobs, self.events, self.feed, self.own_writes, self.trigger_states, self.history
        )

    def ping(self) -> float:
        """Return the seconds that a small write takes; raise `Unavailable` where none is taken.

        A SQLite file that somebody else has locked is waited for less than a second.
        """
        # Not with PostgreSQL: there an answer that is late counts as a silence, and others are refused for it.
        if self._engine.dialect.name != "sqlite":
            return self.pulses.probe()
        begin_answering(_PING)
        try:
            return self.pulses.probe()
        finally:
            end_answering()

    def keys_in_use(self) -> set[str]:
        """Return the ids of the keys that rows carry."""
        return rotation.keys_in_use(self)

    def rows_under(self, key_ids: set[str]) -> dict[str, dict[str, int]]:
        """Return how many rows carry these keys: by key, then by table; without those that have none."""
        return rotation.rows_under(self, key_ids)

    def close(self) -> None:
        """Write the counters that are still in memory, and close all connections."""
        self.startup.close()
        self.group_commit.close()
        self.usage.close()
        self.counters.close()
        self.engine.dispose()

    def _holds_secrets(self) -> bool:
        with self.read_early() as session:
            return rotation.encrypted(session)

    def _tidy(self) -> None:
        self.pulses.look()
        self.cleanup()
