"""Other libraries' ways of doing things, one file each, imported only when used."""
