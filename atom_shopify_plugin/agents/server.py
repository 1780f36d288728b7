"""The server of the Model Context Protocol: tools, confirmations by elicitation, progress, resources, prompts.

It serves both forms of the protocol that the SDK knows: a connection with a handshake, where the server asks the
client while a call waits, and single requests (2026-07-28), where the answer of a call is the question and the client
sends the call again with the person's answer.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
from mcp import types
from mcp.server.lowlevel import NotificationOptions, Server
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler
from mcp.shared.exceptions import MCPError
from mcp.shared.subscriptions import ToolsListChanged

from atom_shopify_plugin._version import __version__
from atom_shopify_plugin.actions.call import Accepted
from atom_shopify_plugin.actions.fanout import StoreResults
from atom_shopify_plugin.agents.own_tools import SECONDS
from atom_shopify_plugin.agents.texts import INSTRUCTIONS, PROMPTS, one_line
from atom_shopify_plugin.errors import ConfirmationNeeded, Declined, PluginError, unexpected
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.strictjson import encode

if TYPE_CHECKING:
    from mcp.server.context import ServerRequestContext

    from atom_shopify_plugin.actions.call import Outcome
    from atom_shopify_plugin.agents.desk import Desk
    from atom_shopify_plugin.agents.library import Library
    from atom_shopify_plugin.agents.tools import Tool

__all__ = ["build", "options_of", "run_stdio"]

Who = Callable[["ServerRequestContext[Any, Any]"], Principal]
"""Tells who sent a request."""

_YES = types.ElicitRequestFormParams(
    message="",
    requested_schema={
        "type": "object",
        "properties": {"confirm": {"type": "boolean", "title": "Yes, do it", "default": False}},
        "required": ["confirm"],
    },
)
_QUESTION = "confirm"
_PAUSE = 0.3  # seconds between two looks at an operation
_LONGEST_NAME = 60
_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")
_THREADS = 16


def build(desk: Desk, library: Library, who: Who) -> Server[Any]:
    """Return a server over `desk` and `library` whose callers `who` tells."""
    return _Agents(desk, library, who).server


def options_of(server: Server[Any]) -> Any:
    """Return what the server says of itself in a handshake."""
    return server.create_initialization_options(NotificationOptions(tools_changed=True))


async def run_stdio(server: Server[Any]) -> None:
    """Serve one client over stdin and stdout until it leaves."""
    from mcp.server.stdio import stdio_server

    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, options_of(server))


class _Agents:
    """The handlers of one server."""

    def __init__(self, desk: Desk, library: Library, who: Who) -> None:
        self._desk = desk
        self._library = library
        self._who = who
        self._bus = InMemorySubscriptionBus()
        self._threads = anyio.CapacityLimiter(_THREADS)
        self.server: Server[Any] = Server(
            "atom-shopify",
            version=__version__,
            title="Shopify stores of ATOM",
            instructions=INSTRUCTIONS,
            on_list_tools=self._list_tools,
            on_call_tool=self._call_tool,
            on_list_resources=self._list_resources,
            on_list_resource_templates=self._list_templates,
            on_read_resource=self._read_resource,
            on_list_prompts=self._list_prompts,
            on_get_prompt=self._get_prompt,
            on_subscriptions_listen=ListenHandler(self._bus),
        )

    def _principal(self, ctx: ServerRequestContext[Any, Any]) -> Principal:
        """Return who calls; the audit log names the program, too, as it calls itself."""
        found = self._who(ctx)
        params = ctx.session.client_params
        name = _UNFIT.sub("-", params.client_info.name)[:_LONGEST_NAME].strip("-") if params is not None else ""
        return replace(found, via=f"mcp {name}" if name else "mcp")

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        return await anyio.to_thread.run_sync(work, limiter=self._threads)

    # Tools

    async def _list_tools(self, ctx: ServerRequestContext[Any, Any], _: Any) -> types.ListToolsResult:
        tools = await self._in_thread(partial(self._desk.tools, self._principal(ctx)))
        return types.ListToolsResult(tools=[_wire(tool) for tool in tools])

    async def _call_tool(
        self, ctx: ServerRequestContext[Any, Any], params: types.CallToolRequestParams
    ) -> types.CallToolResult | types.InputRequiredResult:
        principal, name, given = self._principal(ctx), params.name, params.arguments or {}
        request_id = os.urandom(16).hex()
        if not self._desk.known(name):
            raise MCPError(types.INVALID_PARAMS, "There is no tool of that name. find_tools finds tools.")
        asks = _can_ask(ctx)
        answered = _answer_of(params)
        if answered is False:
            return _failed(_declined(), request_id)
        if asks:
            # The person answers the client. A model that could send the token itself would answer for the person.
            given = {member: value for member, value in given.items() if member != "confirm"}
        try:
            call = partial(self._desk.call, principal, name, given, request_id)
            found = await self._carried_out(
                ctx, principal, name, given, call, params.request_state if answered else None
            )
        except PluginError as error:
            found = _failed(_without_token(error) if asks else error, request_id)
        except Exception as error:  # noqa: BLE001  # whatever it is, the client gets an answer in our shape
            found = _failed(unexpected(error, request_id), request_id)
        return found

    async def _carried_out(
        self,
        ctx: ServerRequestContext[Any, Any],
        principal: Principal,
        name: str,
        given: Mapping[str, Any],
        call: Callable[[str | None], Any],
        confirm: str | None,
    ) -> types.CallToolResult | types.InputRequiredResult:
        if name == "activate_tools" and await self._in_thread(partial(self._desk.changes_tools, principal, given)):
            await ctx.session.send_tool_list_changed()
            await self._bus.publish(ToolsListChanged())
        try:
            outcome = await self._in_thread(partial(call, confirm))
        except ConfirmationNeeded as needed:
            if confirm is not None or not _can_ask(ctx):
                raise
            token = str(needed.details["confirmation_token"])
            question = _YES.model_copy(update={"message": _asked(needed)})
            if not ctx.session.can_send_request:
                asked: types.InputRequests = {_QUESTION: types.ElicitRequest(params=question)}
                return types.InputRequiredResult(input_requests=asked, request_state=token)
            told = await ctx.session.elicit_form(
                question.message, question.requested_schema, related_request_id=ctx.request_id
            )
            if not _agreed(told):
                raise _declined() from None
            outcome = await self._in_thread(partial(call, token))
        if isinstance(outcome, Accepted):
            wait = given.get("wait", SECONDS) if name == "operation_get" else SECONDS
            outcome = await self._followed(ctx, principal, outcome, float(wait))
        return _done(outcome, hides_token=_can_ask(ctx))

    async def _followed(
        self, ctx: ServerRequestContext[Any, Any], principal: Principal, accepted: Accepted, seconds: float
    ) -> Any:
        """Report the progress of an operation until it ends or `seconds` are over; return what is known then."""
        until, shown = time.monotonic() + seconds, -1.0
        outcome: Any = accepted
        while True:
            progress = outcome.operation["progress"]
            if (done := float(progress["done"] or 0)) > shown:  # the protocol wants it to increase
                shown = done
                await ctx.session.report_progress(done, progress["total"], progress["message"] or None)
            if time.monotonic() >= until:
                return outcome
            await anyio.sleep(_PAUSE)
            outcome = await self._in_thread(partial(self._desk.look, principal, outcome.operation_id))
            if not isinstance(outcome, Accepted):
                return outcome

    # Resources and prompts

    async def _list_resources(self, ctx: ServerRequestContext[Any, Any], _: Any) -> types.ListResourcesResult:
        found = await self._in_thread(partial(self._library.listed, self._principal(ctx)))
        return types.ListResourcesResult(
            resources=[
                types.Resource(uri=uri, name=name, description=about, mime_type="application/json")
                for uri, name, about in found
            ]
        )

    async def _list_templates(self, _: Any, __: Any) -> types.ListResourceTemplatesResult:
        return types.ListResourceTemplatesResult(
            resource_templates=[
                types.ResourceTemplate(uri_template=uri, name=name, description=about, mime_type="application/json")
                for uri, name, about in self._library.templates
            ]
        )

    async def _read_resource(
        self, ctx: ServerRequestContext[Any, Any], params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        try:
            found = await self._in_thread(partial(self._library.read, self._principal(ctx), params.uri))
        except PluginError as error:
            raise MCPError(types.INVALID_PARAMS, error.message, error.as_dict()) from None
        except Exception as error:  # noqa: BLE001  # its text may quote what it read
            raise MCPError(types.INTERNAL_ERROR, unexpected(error).message) from None
        text = encode(found).decode()
        return types.ReadResourceResult(
            contents=[types.TextResourceContents(uri=params.uri, mime_type="application/json", text=text)]
        )

    async def _list_prompts(self, _: Any, __: Any) -> types.ListPromptsResult:
        return types.ListPromptsResult(
            prompts=[
                types.Prompt(
                    name=one.name,
                    title=one.title,
                    description=one.about,
                    arguments=[
                        types.PromptArgument(name=name, description=about, required=required)
                        for name, about, required in one.arguments
                    ],
                )
                for one in PROMPTS.values()
            ]
        )

    async def _get_prompt(self, _: Any, params: types.GetPromptRequestParams) -> types.GetPromptResult:
        prompt = PROMPTS.get(params.name)
        if prompt is None:
            raise MCPError(types.INVALID_PARAMS, f"There is no such prompt. They are: {', '.join(PROMPTS)}.")
        try:
            text = prompt.filled(params.arguments or {})
        except PluginError as error:
            raise MCPError(types.INVALID_PARAMS, error.message) from None
        return types.GetPromptResult(
            description=prompt.about,
            messages=[types.PromptMessage(role="user", content=types.TextContent(type="text", text=text))],
        )


def _wire(tool: Tool) -> types.Tool:
    hints = {f"{name}_hint": value for name, value in _snake(tool.hints).items()}
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=dict(tool.input),
        output_schema=dict(tool.output),
        annotations=types.ToolAnnotations(title=tool.title, **hints),
    )


def _snake(hints: Mapping[str, bool]) -> dict[str, bool]:
    return {re.sub("[A-Z]", lambda found: f"_{found[0].lower()}", name): value for name, value in hints.items()}


def _can_ask(ctx: ServerRequestContext[Any, Any]) -> bool:
    """Tell whether the client shows forms to a person; one that names no kind of elicitation means forms."""
    capabilities = ctx.session.client_capabilities
    elicitation = capabilities.elicitation if capabilities is not None else None
    return elicitation is not None and (elicitation.form is not None or elicitation.url is None)


def _asked(needed: ConfirmationNeeded) -> str:
    preview = needed.details["preview"]
    return one_line(f"{preview['summary']} {preview.get('question') or 'Do it?'}")


def _agreed(told: Any) -> bool:
    return (
        isinstance(told, types.ElicitResult) and told.action == "accept" and (told.content or {}).get("confirm") is True
    )


def _answer_of(params: types.CallToolRequestParams) -> bool | None:
    """Return what a person answered to the question of the call before, None where nothing was asked."""
    if not params.input_responses or params.request_state is None:
        return None
    return _agreed(params.input_responses.get(_QUESTION))


def _declined() -> Declined:
    return Declined(
        "The person who was asked did not agree. Nothing was done. Don't ask again unless they want you to."
    )


def _done(outcome: Outcome | Accepted | StoreResults, *, hides_token: bool) -> types.CallToolResult:
    failed = isinstance(outcome, StoreResults) and outcome.error is not None
    body = outcome.as_dict()
    return _result(_tokenless(body) if hides_token else body, failed)


def _without_token(error: PluginError) -> PluginError:
    error.details = _tokenless(error.details)
    return error


def _tokenless(value: Any) -> Any:
    """Return a preview, or the previews of several stores, without the token that confirms it."""
    if isinstance(value, Mapping):
        if "confirmation_token" in value and "preview" in value:
            value = {name: member for name, member in value.items() if name != "confirmation_token"}
        return {name: _tokenless(member) for name, member in value.items()}
    return [_tokenless(item) for item in value] if isinstance(value, list) else value


def _failed(error: PluginError, request_id: str) -> types.CallToolResult:
    body = {"ok": False, "success": False, "error": error.as_dict(request_id)}
    if error.retry_after is not None:
        body["error"]["details"] = {**body["error"]["details"], "retry_after": error.retry_after}  # type: ignore[index]
    return _result(body, True)


def _result(body: Mapping[str, Any], failed: bool) -> types.CallToolResult:
    text = encode(body).decode()
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=text)], structured_content=json.loads(text), is_error=failed
    )
