"""Plain values as HTTP responses."""

from collections.abc import Mapping

from litestar import MediaType, Response

from ..core.documents import encode_document


def json_response(
    value: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response[bytes]:
    """Plain values as compact JSON."""
    return Response(
        encode_document(value),
        media_type=MediaType.JSON,
        status_code=status,
        headers=dict(headers or {}),
    )
