"""The process that trains, and what it does when it is ordered, when a number breaks, when it is killed."""
