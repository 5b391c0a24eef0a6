"""The verb ``checkedpool audit``.

Decides: what can be asked for, and with which status it exits: 0 agrees, 1 differs, 3 not finished, 2 misuse or nothing
to audit.  Must not know: how an audit is made.  Imported by the command line only, since it needs the extra ``cli``.
"""

import json
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from checkedpool.testing.audit.run.child import CannotImportError
from checkedpool.testing.audit.run.generate import scenarios
from checkedpool.testing.audit.run.rounds import Options, Verdict
from checkedpool.testing.audit.run.rounds import audit as run
from checkedpool.testing.audit.run.scenario import Scenario
from checkedpool.testing.audit.show import report
from checkedpool_spec.vocabulary import DeathPolicy

__all__ = ["audit"]

STATUS = {Verdict.AGREES: 0, Verdict.DIFFERS: 1, Verdict.NOT_FINISHED: 3}


def audit(  # noqa: PLR0913 - each is an option of the command
    target: Annotated[
        str, typer.Argument(metavar="MODULE:CLASS", help="What makes the executor: a class or function.")
    ],
    *,
    seed: Annotated[int, typer.Option(help="Where the scenarios by chance begin.")] = 0,
    rounds: Annotated[int, typer.Option(min=1, help="How many scenarios.")] = 100,
    start_method: Annotated[
        Literal["fork", "spawn", "forkserver"] | None, typer.Option(help="Passed on as mp_context (or context).")
    ] = None,
    policy: Annotated[
        DeathPolicy, typer.Option(help="What a death costs by the contract; replace is passed on as on_worker_death.")
    ] = DeathPolicy.BREAK,
    limit: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for what must come.")] = 5.0,
    seconds: Annotated[float, typer.Option(min=1, help="After so many, no further scenario is begun.")] = 600.0,
    jobs: Annotated[int, typer.Option(min=1, help="Scenarios at a time.")] = 2,
    replay: Annotated[str | None, typer.Option(help="Run this one scenario only.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Drive an executor through small scenarios, and hold what it does against the contract.

    Exits with 0 if every history is one that the contract allows, 1 if one is not, 3 if that could not be found out, 2
    if there is nothing to audit.
    """
    sys.path.insert(0, str(Path.cwd()))
    options = Options(target, limit, start_method, policy, jobs, seconds)
    try:
        wanted = [Scenario.parse(replay)] if replay is not None else scenarios(seed, rounds)
        done = run(options, wanted, lambda line: typer.echo(line, err=True))
    except (CannotImportError, ValueError) as error:
        typer.echo(f"checkedpool audit: {error}", err=True)
        raise typer.Exit(2) from error
    typer.echo(json.dumps(report.plain(done), indent=2) if as_json else report.text(done))
    raise typer.Exit(STATUS[done.verdict])
