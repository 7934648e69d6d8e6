"""Puts Hitpoint where the user's system looks for it, and takes it away again. Standard library only.

places           where each system keeps what belongs to one user (no administrator is needed for any of it)
resolve_scripts  the launchers for DaVinci Resolve: which, where to, and filled in for this machine
desktop_entry    the entry in the system's menu of programs
record           what was put where, with hashes
apply            makes the disk what is wanted; leaves what the user changed
qt_libraries     which of the system's libraries PyQt6 needs, and whether they are there
command          `hitpoint install`

It runs before there is an environment, too: `installer/run.py install --uninstall` needs nothing but Python.
"""
