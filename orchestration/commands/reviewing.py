"""`ncpes review`, `sign`, `publish`, `verify` and `withdraw`: what a reviewer does with a candidate or a release."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from orchestration.commands.options import ORIGIN, Mistake, settings_of
from orchestration.commands.reading import resolve_release
from orchestration.errors import ExitCode
from orchestration.settings import Settings


@click.command()
@click.argument("year", type=int)
@click.option("--open", "opens", is_flag=True, help="Open the report in the browser.")
@ORIGIN
def review(year: int, opens: bool, origin: str | None) -> None:
    """The verdict on the candidate of YEAR, why, and where its report is."""
    settings = settings_of(origin)
    folder = judged_candidate(settings, year)
    decision = json.loads((folder / "decision.json").read_text(encoding="utf-8"))
    colour = "red" if decision["verdict"] == "held" else "green"
    click.echo(
        f"{year}: {click.style(decision['verdict'].replace('_', ' '), fg=colour, bold=True)}, as of {decision['as_of']}"
    )
    for reason in decision["reasons"]:
        click.echo(f"  {reason}")
    counts = ", ".join(f"{n} {status.replace('_', ' ')}" for status, n in decision["counts"].items() if n)
    click.echo(f"  checks: {counts}")
    report = folder / "report.html"
    click.echo(f"  report: {report if report.is_file() else 'missing'}")
    missing = [name for name in ("manifest.json", "report.html") if not (folder / name).is_file()]
    if missing:
        click.echo(
            f"  not sealed: {' and '.join(missing)} missing; nothing can be signed or published. Load {year} again."
        )
    else:
        click.echo(f"  signatures: {_signatures(settings, folder, year, decision['data_origin'])}")
    if opens and report.is_file():
        click.launch(report.as_uri())
    if decision["verdict"] == "held":
        raise click.exceptions.Exit(ExitCode.HELD)
    if missing:
        raise click.exceptions.Exit(ExitCode.NOT_PUBLISHED)


def judged_candidate(settings: Settings, year: int) -> Path:
    """Folder of the candidate of a year; a mistake where none has been judged."""
    folder = settings.candidates / str(year)
    if not (folder / "decision.json").is_file():
        raise Mistake(f"There is no judged candidate of {year}. Load it: ncpes load {year}")
    return folder


def _signatures(settings: Settings, folder: Path, year: int, data_origin: str) -> str:
    """Who has signed in which role, and which roles publication still needs."""
    from orchestration.registry import load_registry
    from orchestration.release.candidate.manifest import manifest_sha256
    from orchestration.release.publication.sign import read_signatures

    needed = load_registry(settings.seeds).survey_year(year).signatures_for(data_origin)
    sha256 = manifest_sha256(folder) if (folder / "manifest.json").is_file() else ""
    given = {found.role: found.signer for found in read_signatures(folder) if found.manifest_sha256 == sha256}
    said = [f"{signer} as {role}" for role, signer in given.items()]
    missing = [role for role in needed if role not in given]
    said += [f"missing {', '.join(missing)}"] if missing else []
    return "; ".join(said) or "none given, none needed"


def _signing_roles(settings: Settings) -> list[str]:
    """Roles that some year's publication asks for."""
    from orchestration.registry import load_registry

    years = load_registry(settings.seeds).survey_years
    return sorted({role for row in years for o in ("actual", "synthetic") for role in row.signatures_for(o)})


@click.command()
@click.argument("year", type=int)
@click.option("--role", required=True, help="Role in which you sign, e.g. quality_assurer.")
@click.option("--name", required=True, help="Your name.")
@click.option("--comment", default="", help="What you want kept with the signature.")
@ORIGIN
def sign(year: int, role: str, name: str, comment: str, origin: str | None) -> None:
    """Sign the candidate of YEAR exactly as it lies there; one changed byte voids the signature."""
    from orchestration.load.writer_lock import writer_lock
    from orchestration.release.publication.sign import sign

    settings = settings_of(origin)
    folder = judged_candidate(settings, year)
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
    from orchestration.load.writer_lock import writer_lock
    from orchestration.release.publication.publish import AlreadyPublished, publish

    settings = settings_of(origin)
    with writer_lock(settings, f"ncpes publish {year}", on_wait=click.echo):
        outcome = publish(settings, judged_candidate(settings, year), now=datetime.now(UTC))
    if isinstance(outcome, AlreadyPublished):
        click.echo(f"Same content as {outcome.version}: nothing was published.")
    else:
        click.echo(f"Published as {outcome.version}: {outcome.folder}")


@click.command()
@click.argument("release", default="latest")
@ORIGIN
def verify(release: str, origin: str | None) -> None:
    """Hash every file of RELEASE (latest, a survey year or a version) anew and compare with its manifest."""
    from orchestration.release.candidate.manifest import verify

    folder = resolve_release(settings_of(origin), release)
    problems = verify(folder)
    for problem in problems:
        click.echo(f"{folder.name}: {problem}", err=True)
    if problems:
        raise click.exceptions.Exit(ExitCode.DIFFERENT)
    click.echo(f"{folder.name}: every file is what the manifest says.")


@click.command()
@click.argument("version")
@click.option("--reason", required=True, help="One sentence: what went wrong.")
@click.confirmation_option(prompt="The data of this version will be removed. Go on?")
@ORIGIN
def withdraw(version: str, reason: str, origin: str | None) -> None:
    """Withdraw a published VERSION: its data go, its manifest and a notice stay."""
    from orchestration.load.writer_lock import writer_lock
    from orchestration.release.publication.withdraw import withdraw

    settings = settings_of(origin)
    with writer_lock(settings, f"ncpes withdraw {version}", on_wait=click.echo):
        gone = withdraw(settings, version, reason, datetime.now(UTC))
    click.echo(f"{gone.version} is withdrawn; current is now {gone.current_version or 'none'}. Notice: {gone.notice}")
