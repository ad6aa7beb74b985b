"""Lines that programs print, as numbers by name: a file a kind of line."""
