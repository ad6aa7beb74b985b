"""The process that trains, and what it does when ordered, when a number breaks, when it is killed."""
