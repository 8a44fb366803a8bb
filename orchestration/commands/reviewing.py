"""`ncpes review`, `sign`, `publish`, `verify` and `withdraw`: what a reviewer does with a candidate or a release.

What takes a third of a second or more to import (publication, report) is imported by the command that needs it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from orchestration.commands.options import ORIGIN, Mistake, settings_of
from orchestration.commands.reading import resolve_release
from orchestration.errors import ExitCode
from orchestration.load.writer_lock import writer_lock
from orchestration.registry import load_registry
from orchestration.release.records.decision import DECISION_FILE, StoredDecision, read_decision
from orchestration.release.records.manifest import MANIFEST_FILE, REPORT_FILE, valid_signatures
from orchestration.settings import Settings


@click.command()
@click.argument("year", type=int)
@click.option("--open", "opens", is_flag=True, help="Open the report in the browser.")
@ORIGIN
def review(year: int, opens: bool, origin: str | None) -> None:
    """The verdict on the candidate of YEAR, every failed check, and where its report is."""
    from orchestration.release.report.review import review_text

    settings = settings_of(origin)
    folder = loaded_candidate(settings, year)
    decision = read_decision(folder)
    verdict, _, rest = review_text(folder).partition("\n")
    click.echo(f"{click.style(verdict, fg='green' if decision.is_passed else 'red', bold=True)}\n{rest}", nl=False)
    missing = [name for name in (MANIFEST_FILE, REPORT_FILE) if not (folder / name).is_file()]
    if missing:
        click.echo(f"incomplete: {' and '.join(missing)} missing; it cannot be signed or published. Load {year} again.")
    else:
        click.echo(f"Signatures: {_signatures(settings, folder, decision)}")
    if opens and (folder / REPORT_FILE).is_file():
        click.launch((folder / REPORT_FILE).as_uri())
    if not decision.is_passed:
        raise click.exceptions.Exit(ExitCode.HELD)
    if missing:
        raise click.exceptions.Exit(ExitCode.NOT_PUBLISHED)


def loaded_candidate(settings: Settings, year: int) -> Path:
    """Folder of the candidate of a year; raises Mistake where no load has reached a decision."""
    folder = settings.candidate_of(year)
    if not (folder / DECISION_FILE).is_file():
        raise Mistake(f"There is no candidate of {year} with a decision. Load it: ncpes load {year}")
    return folder


def _signatures(settings: Settings, folder: Path, decision: StoredDecision) -> str:
    """Who has signed in which role, and which roles publication still needs."""
    year = load_registry(settings.seeds).survey_year(decision.release_year)
    given = {signature.role: signature.signer for signature in valid_signatures(folder)}
    missing = [role for role in year.signatures_for(decision.data_origin) if role not in given]
    parts = [f"{signer} as {role}" for role, signer in given.items()]
    parts += [f"missing {', '.join(missing)}"] if missing else []
    return "; ".join(parts) or "none given, none needed"


def _signing_roles(settings: Settings) -> list[str]:
    """Roles that some year's publication asks for."""
    years = load_registry(settings.seeds).survey_years
    return sorted({role for row in years for o in ("actual", "synthetic") for role in row.signatures_for(o)})


@click.command()
@click.argument("year", type=int)
@click.option("--role", required=True, help="Role in which you sign, e.g. quality_assurer.")
@click.option("--name", required=True, help="Your name.")
@click.option("--comment", default="", help="Comment stored with the signature.")
@ORIGIN
def sign(year: int, role: str, name: str, comment: str, origin: str | None) -> None:
    """Sign the candidate of YEAR exactly as it is now; one changed byte makes the signature invalid."""
    from orchestration.release.publication.sign import sign

    settings = settings_of(origin)
    folder = loaded_candidate(settings, year)
    roles = _signing_roles(settings)
    if role not in roles:
        raise Mistake(f"No publication asks for the role {role!r}; the roles are: {', '.join(roles)}.")
    if not name.strip():
        raise Mistake("A signature needs the name of a person: --name.")
    with writer_lock(settings, f"ncpes sign {year}", on_wait=click.echo):
        signature = sign(folder, role, name, datetime.now(UTC), comment)
    click.echo(f"{name} signed the candidate of {year} as {role}: manifest {signature.manifest_sha256[:12]}")


@click.command()
@click.argument("year", type=int)
@ORIGIN
def publish(year: int, origin: str | None) -> None:
    """Publish the candidate of YEAR, if its decision, signatures and publication time allow it."""
    from orchestration.release.publication.publish import publish

    settings = settings_of(origin)
    with writer_lock(settings, f"ncpes publish {year}", on_wait=click.echo):
        outcome = publish(settings, loaded_candidate(settings, year), now=datetime.now(UTC))
    if outcome.is_new:
        click.echo(f"Published as {outcome.version}: {outcome.folder}")
    else:
        click.echo(f"Same content as {outcome.version}: nothing was published.")


@click.command()
@click.argument("release", default="latest")
@ORIGIN
def verify(release: str, origin: str | None) -> None:
    """Hash every file of RELEASE (latest, a survey year or a version) again and compare with its manifest."""
    from orchestration.release.candidate.manifest import verify

    folder = resolve_release(settings_of(origin), release)
    problems = verify(folder)
    for problem in problems:
        click.echo(f"{folder.name}: {problem}", err=True)
    if problems:
        raise click.exceptions.Exit(ExitCode.DIFFERENT)
    click.echo(f"{folder.name}: every file matches the manifest.")


@click.command()
@click.argument("version")
@click.option("--reason", required=True, help="One sentence: what went wrong.")
@click.confirmation_option(prompt="The data of this version will be removed. Continue?")
@ORIGIN
def withdraw(version: str, reason: str, origin: str | None) -> None:
    """Withdraw a published VERSION: its data are removed, its manifest and a notice stay."""
    from orchestration.release.publication.withdraw import withdraw

    settings = settings_of(origin)
    with writer_lock(settings, f"ncpes withdraw {version}", on_wait=click.echo):
        gone = withdraw(settings, version, reason, datetime.now(UTC))
    click.echo(f"{gone.version} is withdrawn; current is now {gone.current_version or 'none'}. Notice: {gone.notice}")
