"""Where tickets come from: pack files, and their lint."""
