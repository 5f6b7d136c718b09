"""MCP as OpenEnv speaks it: JSON-RPC 2.0 requests, one at a time, no handshake.

Every request gets a response, faults included; the transport adds nothing of its own.
"""

import logging
from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from attrs import frozen

from ..core.documents import decode_document
from ..core.errors import InvalidInput, SupportQueueError
from ..core.session import Session
from .replies import log_cause
from .sessions import AtCapacity, Held, SessionFailed, Sessions, SessionUnavailable
from .tools import find_tool, list_tools, tool_result
from .wire import error_entries, plain_word


log = logging.getLogger(__name__)


class RpcCode(IntEnum):
    """JSON-RPC's error codes."""

    PARSE_ERROR = -32700
    INVALID_REQUEST = -32600
    METHOD_NOT_FOUND = -32601
    INVALID_PARAMS = -32602
    INTERNAL_ERROR = -32603
    SERVER_ERROR = -32000


_LONGEST_ID = 255

RequestId = str | int | None


class RpcError(Exception):
    """A request that gets an error for a response."""

    def __init__(self, code: RpcCode, message: str, data: object = None) -> None:
        self.code = code
        self.data = data
        super().__init__(message)


@frozen
class RpcRequest:
    """A well-formed request."""

    method: str
    params: Mapping[str, Any]
    id: RequestId


@frozen
class McpServer:
    """Answers requests on the sessions of one server process, one of `workers`."""

    sessions: Sessions
    workers: int = 1

    async def answer_text(
        self, text: str | bytes, held: Held | None = None
    ) -> dict[str, Any]:
        """The response to a request as text; `held` is the connection's session."""
        try:
            document = decode_document(text, "request")
        except InvalidInput:
            return error_response(None, RpcCode.PARSE_ERROR, "Parse error")
        if isinstance(document, list):
            return error_response(None, RpcCode.PARSE_ERROR, "Parse error")
        return await self.answer(document, held)

    async def answer(
        self, document: object, held: Held | None = None
    ) -> dict[str, Any]:
        """The response to a request as plain values. Never raises."""
        request_id: RequestId = None
        try:
            request = read_request(document)
            request_id = request.id
            result = await self._perform(request, held)
        except RpcError as error:
            return error_response(request_id, error.code, str(error), error.data)
        except InvalidInput as error:
            entries = {"errors": error_entries(error.faults)}
            message = f"Invalid params: {error.public}"
            return error_response(request_id, RpcCode.INVALID_PARAMS, message, entries)
        except SupportQueueError as error:
            log_cause(error)
            return error_response(request_id, RpcCode.INTERNAL_ERROR, error.public)
        except Exception:
            log.exception("a request could not be handled")
            return error_response(request_id, RpcCode.INTERNAL_ERROR, "internal error")
        return {"jsonrpc": "2.0", "id": request_id, "result": result}

    async def _perform(self, request: RpcRequest, held: Held | None) -> dict[str, Any]:
        match request.method:
            case "openenv/session/create":
                return {"session_id": held.id if held else self._create().id}
            case "openenv/session/close":
                return self._close(request.params, held)
            case "tools/list":
                return {"tools": list_tools(self._session(request.params, held))}
            case "tools/call":
                return await self._call(request.params, held)
        raise RpcError(
            RpcCode.METHOD_NOT_FOUND, f"Method not found: {plain_word(request.method)}"
        )

    def _create(self) -> Held:
        if self.workers > 1:
            # The next request of that caller would reach another worker.
            raise RpcError(
                RpcCode.SERVER_ERROR,
                "A session made over HTTP lives in one worker, and this server has "
                f"{self.workers}: send the same request over a WebSocket to /mcp or "
                "/ws, or have it started with --workers 1",
            )
        try:
            return self.sessions.open(attached=False)
        except AtCapacity as error:
            data = {"active_sessions": error.active, "max_sessions": error.maximum}
            raise RpcError(RpcCode.SERVER_ERROR, str(error), data) from None
        except SessionFailed as error:
            name = {"factory_name": error.factory_name}
            raise RpcError(RpcCode.SERVER_ERROR, str(error), name) from error

    def _close(self, params: Mapping[str, Any], held: Held | None) -> dict[str, Any]:
        session_id = params.get("session_id")
        if not session_id:
            raise RpcError(
                RpcCode.INVALID_PARAMS, "Invalid params - 'session_id' is required"
            )
        if held is not None and session_id == held.id:
            raise RpcError(
                RpcCode.INVALID_REQUEST,
                "Cannot close active WebSocket-managed session via MCP method",
            )
        try:
            closed = self.sessions.close(str(session_id))
        except SessionUnavailable as error:
            raise RpcError(RpcCode.INVALID_PARAMS, str(error)) from None
        outcome = {"closed": True} if closed else {"closed": False, "closing": True}
        return {"session_id": session_id, **outcome}

    def _session(self, params: Mapping[str, Any], held: Held | None) -> Session:
        """The connection's session, the one that is named, or one for this request."""
        if held is not None:
            return held.session
        session_id = params.get("session_id")
        if not session_id:
            return self.sessions.open_session()
        try:
            return self.sessions.find(str(session_id)).session
        except SessionUnavailable as error:
            raise RpcError(RpcCode.INVALID_PARAMS, str(error)) from None

    async def _call(
        self, params: Mapping[str, Any], held: Held | None
    ) -> dict[str, Any]:
        name = params.get("name")
        if not name:
            raise RpcError(RpcCode.INVALID_PARAMS, "Missing 'name' in params")
        session = self._session(params, held)
        tool = find_tool(name)
        if tool is None:
            raise RpcError(
                RpcCode.INVALID_PARAMS, f"Tool not found: {plain_word(name)}"
            )
        return tool_result(await tool.run(session, params.get("arguments", {})))


def read_request(document: object) -> RpcRequest:
    """The request that plain values hold.

    Raises:
        RpcError: INVALID_REQUEST, saying which part is wrong.
    """
    if not isinstance(document, Mapping):
        raise _invalid("expected an object")
    unknown = document.keys() - {"jsonrpc", "method", "params", "id"}
    if unknown:
        raise _invalid("unknown key")
    if document.get("jsonrpc") != "2.0":
        raise _invalid("expected jsonrpc to be '2.0'")
    method, params = document.get("method"), document.get("params", {})
    if not isinstance(method, str):
        raise _invalid("expected method to be text")
    if not isinstance(params, Mapping):
        raise _invalid("expected params to be an object")
    identity = document.get("id")
    if isinstance(identity, bool) or not isinstance(identity, str | int | None):
        raise _invalid("expected id to be text, a whole number or null")
    if len(str(identity)) > _LONGEST_ID:
        raise _invalid(f"expected id to have at most {_LONGEST_ID} characters")
    return RpcRequest(method, params, identity)


def error_response(
    request_id: RequestId, code: RpcCode, message: str, data: object = None
) -> dict[str, Any]:
    """A JSON-RPC error; `data` is always there."""
    return {
        "jsonrpc": "2.0",
        "id": request_id,
        "error": {"code": int(code), "message": message, "data": data},
    }


def _invalid(reason: str) -> RpcError:
    return RpcError(RpcCode.INVALID_REQUEST, f"Invalid request: {reason}")
