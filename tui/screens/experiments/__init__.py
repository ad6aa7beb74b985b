"""Panels over the stepping screen: a cell nudged, all of them checked, the switches of a broken pass."""
