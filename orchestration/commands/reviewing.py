"""`ncpes review`, `sign`, `publish`, `verify` and `withdraw`: what a reviewer does with a candidate or a release."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click

from orchestration.commands.options import ORIGIN, settings_of
from orchestration.commands.reading import resolve_release
from orchestration.exit_codes import ExitCode


@click.command()
@click.argument("year", type=int)
@click.option("--open", "opens", is_flag=True, help="Open the report in the browser.")
@ORIGIN
def review(year: int, opens: bool, origin: str | None) -> None:
    """The verdict on the candidate of YEAR, why, and where its report is."""
    folder = settings_of(origin).candidates / str(year)
    if not (folder / "decision.json").is_file():
        raise click.ClickException(f"There is no judged candidate of {year}. Load it: ncpes load {year}")
    decision = json.loads((folder / "decision.json").read_text(encoding="utf-8"))
    colour = "red" if decision["verdict"] == "held" else "green"
    click.echo(
        f"{year}: {click.style(decision['verdict'].replace('_', ' '), fg=colour, bold=True)}, as of {decision['as_of']}"
    )
    for reason in decision["reasons"]:
        click.echo(f"  {reason}")
    counts = ", ".join(f"{n} {status.replace('_', ' ')}" for status, n in decision["counts"].items() if n)
    click.echo(f"  checks: {counts}")
    click.echo(f"  report: {folder / 'report.html'}")
    if opens:
        click.launch((folder / "report.html").as_uri())
    if decision["verdict"] == "held":
        raise click.exceptions.Exit(ExitCode.HELD)


@click.command()
@click.argument("year", type=int)
@click.option("--role", required=True, help="Role in which you sign, e.g. quality_assurer.")
@click.option("--name", required=True, help="Your name.")
@click.option("--comment", default="", help="What you want kept with the signature.")
@ORIGIN
def sign(year: int, role: str, name: str, comment: str, origin: str | None) -> None:
    """Sign the candidate of YEAR exactly as it lies there; one changed byte voids the signature."""
    from orchestration.load.writer_lock import writer_lock
    from orchestration.release.sign import sign

    settings = settings_of(origin)
    with writer_lock(settings, f"ncpes sign {year}", on_wait=click.echo):
        signature = sign(settings.candidates / str(year), role, name, datetime.now(UTC), comment)
    click.echo(f"{name} signed the candidate of {year} as {role}: manifest {signature.manifest_sha256[:12]}")


@click.command()
@click.argument("year", type=int)
@ORIGIN
def publish(year: int, origin: str | None) -> None:
    """Publish the candidate of YEAR, if its decision, signatures and publication time allow it."""
    from orchestration.load.writer_lock import writer_lock
    from orchestration.release.publish import AlreadyPublished, publish

    settings = settings_of(origin)
    with writer_lock(settings, f"ncpes publish {year}", on_wait=click.echo):
        outcome = publish(settings, settings.candidates / str(year), now=datetime.now(UTC))
    if isinstance(outcome, AlreadyPublished):
        click.echo(f"Same content as {outcome.version}: nothing was published.")
    else:
        click.echo(f"Published as {outcome.version}: {outcome.folder}")


@click.command()
@click.argument("release", default="latest")
@ORIGIN
def verify(release: str, origin: str | None) -> None:
    """Hash every file of RELEASE (latest, a survey year or a version) anew and compare with its manifest."""
    from orchestration.release.manifest import verify

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
    from orchestration.release.withdraw import withdraw

    settings = settings_of(origin)
    with writer_lock(settings, f"ncpes withdraw {version}", on_wait=click.echo):
        gone = withdraw(settings, version, reason, datetime.now(UTC))
    click.echo(f"{gone.version} is withdrawn; current is now {gone.current_version or 'none'}. Notice: {gone.notice}")
