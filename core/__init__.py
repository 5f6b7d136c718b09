"""Cases, tasks and the episode: pure values and functions, no web, no plugins."""
