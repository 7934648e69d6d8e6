"""`hitpoint doctor`: what was found, what is missing, what that costs the user, and how to mend it.

machine   the engine and the machine it runs on
neural    torch and its companions, the device, the models
panel     the window: PyQt6, the system's libraries, the service, the state folder
resolve   DaVinci Resolve: launchers, which menu entries should be there, and why one may be missing
"""

from __future__ import annotations

from dataclasses import asdict

from hitpoint.doctor.finding import Finding
from hitpoint.doctor.machine import examine_machine, find_sound
from hitpoint.doctor.neural import examine_neural
from hitpoint.doctor.panel import examine_panel
from hitpoint.doctor.resolve import examine_resolve

__all__ = ["Finding", "examine", "find_sound", "report_findings"]


def examine(*, tries_neural: bool = False) -> tuple[Finding, ...]:
    """Look at this machine; never raises for what it finds. `tries_neural` imports torch, which takes seconds."""
    return (*examine_machine(), *examine_neural(tries=tries_neural), *examine_panel(), *examine_resolve())


def report_findings(findings: tuple[Finding, ...], *, as_json: bool) -> int:
    """Print the table (or JSON) and return the exit code: 0, or 5 when something needed is missing."""
    if as_json:
        import json

        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        from rich.console import Console
        from rich.table import Table

        table = Table(title="hitpoint doctor", show_lines=False, expand=False)
        for heading in ("", "subject", "found", "what it costs", "how to mend it"):
            table.add_column(heading, overflow="fold")
        marks = {"ok": "[green]ok", "warn": "[yellow]![/]", "missing": "[red]✗"}
        for finding in findings:
            table.add_row(marks[finding.state], finding.subject, finding.found, finding.cost, finding.mend)
        Console().print(table)
    return 5 if any(finding.state == "missing" for finding in findings) else 0
