"""The trainer process: its start, loop, backends and orders; replay and rollback of what it did."""
