"""The engine as a service on 127.0.0.1, for the panel and for scripts (docs/service.md).

serve         one service per user, until it is stopped; announce: its lock and its address
app           HTTP: guard (who may call), routes_*, failures (errors as sentences), streams (events)
engine        what a service consists of; dispatch: who works on what; book, store: what is remembered
worker        the processes in which all work is done; tasks: what they do; worker_process: how the service sees them
cleanup       bounded disk use

This module imports nothing: it stands on the way of every worker.
"""
