"""The scenarios by name, in the order in which they run."""

from .durability import kills, shutdown, throughput, workers
from .figures import Scenario
from .floods import dead, load, pings, slow, unread
from .input import large, malformed_messages, malformed_requests, sites
from .sessions import capacity, determinism, disconnects, idle, races, resets


SCENARIOS: dict[str, Scenario] = {
    "requests": malformed_requests,
    "messages": malformed_messages,
    "large": large,
    "sites": sites,
    "slow": slow,
    "pings": pings,
    "unread": unread,
    "load": load,
    "dead": dead,
    "capacity": capacity,
    "idle": idle,
    "disconnects": disconnects,
    "resets": resets,
    "races": races,
    "determinism": determinism,
    "shutdown": shutdown,
    "kills": kills,
    "workers": workers,
    "throughput": throughput,
}
