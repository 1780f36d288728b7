"""Finding plugins and letting them in, one by one: a broken one is refused, and the host goes on without it.

Everything a plugin does at load is watched here, because its code is not the host's: whatever it raises becomes a
`Refusal` with a message that says what to do.
"""

from __future__ import annotations

import importlib.metadata
import inspect
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy
from flask import Blueprint, Flask

from atom_shopify_plugin.asgi import App
from atom_shopify_plugin.hookspecs import ENTRY_POINT_GROUP, PROJECT, Check, Host, HostHooks, Metric, PluginHooks
from atom_shopify_plugin.host.shapes import check_service

if TYPE_CHECKING:
    from atom_shopify_plugin.host.files import BuiltFiles

__all__ = ["Loaded", "Plugins", "Refusal"]

log = logging.getLogger(__name__)

Loader = Callable[[], Any]
_MESSAGE_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Refusal:
    """A plugin that was not let in, and why, for the operator."""

    plugin: str
    reason: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """A plugin that was let in."""

    name: str
    plugin: object
    services: Mapping[str, Mapping[str, Any]]
    reporters: Mapping[str, Callable[[], Check]]
    blueprints: frozenset[str] = field(default_factory=frozenset)


class _Refused(Exception):
    """Raised here only: a fault of the plugin, in words for the operator."""


class Plugins:
    """The plugin manager of project ``atom`` and the list of who is in and who is not.

    With `in_short` the manifests are asked for without what only workflows need, where a plugin has that.
    """

    def __init__(self, *, in_short: bool = False) -> None:
        self._in_short = in_short
        self.manager = pluggy.PluginManager(PROJECT)
        self.manager.add_hookspecs(PluginHooks)
        self.manager.add_hookspecs(HostHooks)
        self.loaded: dict[str, Loaded] = {}
        self.refused: list[Refusal] = []
        self.blocked_blueprints: set[str] = set()

    def load_installed(self, app: Flask, host: Host) -> None:
        """Load every installed distribution's entry points of group ``atom.plugins``, in the order of their names."""
        found = sorted(importlib.metadata.entry_points(group=ENTRY_POINT_GROUP), key=lambda entry: entry.name)
        for entry in found:
            where = f"distribution {entry.dist.name}" if entry.dist else entry.value
            self.load(entry.name, entry.load, app, host, where)

    def load_given(self, given: Iterable[tuple[str, Any]], app: Flask, host: Host) -> None:
        """Load plugins handed over by an embedder or a test."""
        for name, plugin in given:
            self.load(name, partial(_given, plugin), app, host, type(plugin).__name__)

    def load(self, name: str, loader: Loader, app: Flask, host: Host, where: str) -> None:
        """Let one plugin in, or note why not and undo what it had done so far."""
        blueprints: set[str] = set()
        try:
            plugin = loader()
            if inspect.isclass(plugin):
                plugin = plugin()
            self._register(name, plugin)
            services = self._services(plugin)
            self._blueprints(plugin, app, host, blueprints)
            reporters = self._reporters(plugin)
            self.only(plugin).atom_start(host=host)
        except Exception as problem:  # noqa: BLE001  # the boundary to code that is not ours: nothing of it stops the host
            self._refuse(name, where, problem, blueprints)
        else:
            self.loaded[name] = Loaded(name, plugin, services, reporters, frozenset(blueprints))
            log.info("plugin %s is in: %s", name, ", ".join(services) or "no services")

    def only(self, plugin: object) -> Any:
        """Return the hooks of one plugin alone, so that what it raises touches no other."""
        return _One(self.manager, plugin)

    def owner(self, service: str) -> Loaded | None:
        """Return the plugin that offers `service`."""
        return next((loaded for loaded in self.loaded.values() if service in loaded.services), None)

    def ready(self) -> None:
        """Tell each plugin that this process serves, and forks no more; one that fails doesn't keep the others back."""
        for loaded in self.loaded.values():
            try:
                self.only(loaded.plugin).atom_ready()
            except Exception:  # the boundary again: what works is served
                log.exception("plugin %s failed while getting ready", loaded.name)

    def prompt_paths(self) -> set[str]:
        """Return the paths whose requests wait for nobody's; a plugin that can't say has none."""
        paths: set[str] = set()
        for loaded in self.loaded.values():
            try:
                for answer in self.only(loaded.plugin).atom_prompt_paths():
                    paths.update(path for path in answer if isinstance(path, str))
            except Exception:  # the boundary again: the others are served promptly all the same
                log.exception("plugin %s failed to name its prompt paths", loaded.name)
        return paths

    def metrics(self) -> list[Metric]:
        """Return what the plugins tell Prometheus; one that fails doesn't keep the others' back."""
        found: list[Metric] = []
        for loaded in self.loaded.values():
            try:
                for answer in self.only(loaded.plugin).atom_metrics():
                    found.extend(metric for metric in answer if isinstance(metric, Metric))
            except Exception:  # the boundary again: a scrape shows what can be told
                log.exception("plugin %s failed to tell its metrics", loaded.name)
        return found

    def native_routes(self, host: Host) -> dict[tuple[str, str], App]:
        """Return the plugins' ASGI routes by method and path; Flask answers for a plugin that can't say."""
        routes: dict[tuple[str, str], App] = {}
        for loaded in self.loaded.values():
            try:
                for answer in self.only(loaded.plugin).atom_asgi(host=host):
                    routes |= {(method, path): app for method, path, app in answer}
            except Exception:  # the boundary again: the plugin's blueprints serve the same
                log.exception("plugin %s failed to offer its native routes", loaded.name)
        return routes

    def dashboard(self) -> BuiltFiles | None:
        """Return the first dashboard that a plugin brings, None where none is built or can be served."""
        from atom_shopify_plugin.host.files import BadFolder, BuiltFiles

        for loaded in self.loaded.values():
            try:
                for folder in self.only(loaded.plugin).atom_dashboard():
                    return BuiltFiles.read(Path(folder))
            except BadFolder as problem:
                log.error("The dashboard of plugin %s is not served. %s", loaded.name, problem)  # noqa: TRY400
            except Exception:  # the boundary again: there are pages without it
                log.exception("plugin %s failed to bring its dashboard", loaded.name)
        return None

    def triggers_changed(self) -> None:
        """Tell each plugin that other triggers are in use now; one that fails doesn't keep the others from it."""
        for loaded in self.loaded.values():
            try:
                self.only(loaded.plugin).atom_triggers_changed()
            except Exception:  # the boundary again: a workflow is stored, whatever a plugin makes of it
                log.exception("plugin %s failed on hearing of other triggers", loaded.name)

    def stop(self) -> None:
        """Tell each plugin to let go; one that fails doesn't keep the others from it."""
        for loaded in self.loaded.values():
            self._stop(loaded.name, loaded.plugin)

    def _stop(self, name: str, plugin: object) -> None:
        try:
            self.only(plugin).atom_stop()
        except Exception:  # the boundary again: the others must still be stopped
            log.exception("plugin %s failed while stopping", name)

    def _refuse(self, name: str, where: str, problem: Exception, blueprints: set[str]) -> None:
        plugin = self.manager.get_plugin(name)
        if plugin is not None and name not in self.loaded:
            self._stop(name, plugin)
            self.manager.unregister(name=name)
        # Flask can't take routes out again: the host answers 503 in their place.
        self.blocked_blueprints |= blueprints
        text = str(problem) if isinstance(problem, _Refused) else f"{type(problem).__name__}: {problem}"
        reason = f"{text[:_MESSAGE_LIMIT]} Correct the plugin ({where}) or its settings, or uninstall it; then restart."
        self.refused.append(Refusal(name, reason))
        log.error("plugin %s was refused, the host goes on without it. %s", name, reason)

    def _register(self, name: str, plugin: object) -> None:
        if self.manager.has_plugin(name):
            raise _Refused(f"Another plugin is called {name} already.")
        self.manager.register(plugin, name)
        callers = self.manager.get_hookcallers(plugin) or []
        if not callers:
            raise _Refused("It implements no hook: mark its methods with `atom_shopify_plugin.hookspecs.hookimpl`.")
        unknown = sorted(caller.name for caller in callers if not caller.has_spec())
        if unknown:
            raise _Refused(f"It implements hooks that don't exist: {', '.join(unknown)}.")
        if any(caller.name == "atom_authenticate" for caller in callers):
            raise _Refused("It implements atom_authenticate: who is calling is for the host to say.")

    def _services(self, plugin: object) -> dict[str, Mapping[str, Any]]:
        services: dict[str, Mapping[str, Any]] = {}
        short = self._list(plugin, "atom_services_in_short") if self._in_short else []
        for at, service in enumerate(short or self._list(plugin, "atom_services")):
            faults = check_service(service)
            if faults:
                raise _Refused("Its service manifest is invalid: " + "; ".join(f"/{at}{fault}" for fault in faults))
            if service["id"] in services or self.owner(service["id"]):
                raise _Refused(f"A service called {service['id']} is there already.")
            services[service["id"]] = service
        return services

    def _blueprints(self, plugin: object, app: Flask, host: Host, done: set[str]) -> None:
        blueprints = self._list(plugin, "atom_blueprints", host=host)
        for blueprint in blueprints:
            if not isinstance(blueprint, Blueprint):
                raise _Refused(f"atom_blueprints gave a {type(blueprint).__name__} instead of a Flask blueprint.")
            if blueprint.name in app.blueprints:
                raise _Refused(f"A blueprint called {blueprint.name} is registered already.")
        for blueprint in blueprints:
            done.add(blueprint.name)
            app.register_blueprint(blueprint)

    def _reporters(self, plugin: object) -> dict[str, Callable[[], Check]]:
        reporters: dict[str, Callable[[], Check]] = {}
        for answer in self.only(plugin).atom_health_reporters():
            if not isinstance(answer, Mapping):
                raise _Refused("atom_health_reporters must return a mapping of names to callables.")
            for name, reporter in answer.items():
                if not isinstance(name, str) or not callable(reporter):
                    raise _Refused(f"The health reporter {name!r} is not a callable with a name of text.")
                reporters[name] = reporter
        return reporters

    def _list(self, plugin: object, hook: str, **arguments: Any) -> list[Any]:
        items: list[Any] = []
        for answer in getattr(self.only(plugin), hook)(**arguments):
            if not isinstance(answer, list | tuple):
                raise _Refused(f"{hook} must return a list, not {type(answer).__name__}.")
            items.extend(answer)
        return items


def _given(plugin: Any) -> Any:
    return plugin


class _One:
    def __init__(self, manager: pluggy.PluginManager, plugin: object) -> None:
        self._manager = manager
        self._others = [other for other in manager.get_plugins() if other is not plugin]

    def __getattr__(self, hook: str) -> Any:
        return self._manager.subset_hook_caller(hook, self._others)
