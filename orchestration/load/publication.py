"""Step 9, publication: the candidate is published, where its decision, signatures and the time allow it.

Reads: everything that the candidate's manifest names. Stores: the release and the catalogue, and publication.json,
which says what became of the candidate.
"""

from __future__ import annotations

from datetime import UTC, datetime

from orchestration.load.load import Load
from orchestration.load.run_record import timed
from orchestration.records import Record
from orchestration.release.publication.publish import publish

PUBLICATION_FILE = "publication.json"


class PublicationRecord(Record):
    """What became of a candidate: published as a version, the same content as one, or not meant to be published."""

    is_published: bool
    version: str | None = None
    content_digest: str | None = None
    reason: str = ""


def publish_candidate(load: Load) -> PublicationRecord:
    """Publishes the candidate of a load and stores what became of it. Raises PublicationRefused or CandidateHeld.

    Reconstructed data end at the candidate; so does a run that was told not to publish.
    """
    if load.settings.data_origin == "reconstructed" or not load.options.publishes:
        record = PublicationRecord(is_published=False, reason="this load ends at its candidate")
    else:
        with timed(load, "publication"):
            outcome = publish(load.settings, load.candidate, now=datetime.now(UTC))
        record = PublicationRecord(
            is_published=outcome.is_new,
            version=outcome.version,
            content_digest=outcome.content_digest,
            reason="" if outcome.is_new else "same content as the current version",
        )
    record.write(load.candidate / PUBLICATION_FILE)
    return record
