"""HTTP, WebSocket and pages. `app.py` is the leaf that runs it."""
