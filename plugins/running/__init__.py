"""Running code that is not ours: in threads, on an event loop, in processes.

Each plugin has places of its own, so that one that hangs holds up nobody else's.
"""
