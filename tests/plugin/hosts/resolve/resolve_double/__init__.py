"""A strict test double of DaVinci Resolve's scripting API: as narrow, silent and odd as the real thing.

Made from the signatures and the behaviour ledger in the workplace's notes (editors.md §1.4-1.6).
Nobody has held it against a running Resolve yet.

profiles   which version and edition, and what each has
faults     the ledger's 28 oddities as switches
base       how a call goes: arity, types, dead handles, dialogues, numbers
model      the project as it is (what the tests look at)
media_api, timeline_api, resolve_api   the objects that scripts see
otio_export   Timeline.Export
serve      the same objects for a launcher in another process, in Python or Lua
scenes     projects to begin with
"""
