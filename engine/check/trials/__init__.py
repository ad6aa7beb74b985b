"""The trials of an audit: expressions built of somebody's class, slopes measured, what went wrong."""
