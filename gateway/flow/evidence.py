"""Keyed hashes by which cases of one applicant and visits that cases share are found, without a name or a number unsealed."""

from gateway.model import Certificate, VisitEvidence
from gateway.security import Sealer


def applicant_hash(sealer: Sealer, certificate: Certificate) -> bytes:
    """Of type and number of the applicant's certificate."""
    return sealer.search_hash(f"applicant:{certificate.type}:{certificate.number}")


def reference_hash(sealer: Sealer, evidence: VisitEvidence) -> bytes:
    """Of the reference of what shows a visit."""
    return sealer.search_hash(f"visit:{evidence.reference}")
