"""The tables. What a column means is told by the records; here stand the keys, the indexes and why they are there."""

import sqlalchemy as sa

from gateway.model import Account, ApplicantClass, BaselineMethod, Decision, Evidence, Kind, Mode, Purpose, Status

from .columns import Code, Id, Instant, Json
from .records import JobKind

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)
ONLY = "only"
"""Key of a table's info: the one dialect on which it exists."""


def _id() -> sa.Column[int]:
    return sa.Column("id", Id, sa.Identity(), primary_key=True)


def _case(*, nullable: bool = False, primary_key: bool = False) -> sa.Column[int]:
    return sa.Column("case_id", Id, sa.ForeignKey("cases.id"), nullable=nullable, primary_key=primary_key, autoincrement=False)


def _table(name: str, *parts: sa.schema.SchemaItem, only: str | None = None) -> sa.Table:
    # An id must never be given twice, or a worker that lost a deleted job could pass for the holder of a new one.
    numbered = any(isinstance(part, sa.Column) and part.name == "id" and part.identity is not None for part in parts)
    return sa.Table(name, metadata, *parts, info={ONLY: only} if only else {}, sqlite_autoincrement=numbered)


region = _table(
    "region",
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("zone", sa.Boolean, nullable=False),
    sa.Column("valid_from", sa.Date),
    sa.Column("valid_to", sa.Date),
)
catalogue_load = _table(
    "catalogue_load",
    _id(),
    sa.Column("file", sa.Text, nullable=False),
    # open, active, or swept: given up, its rows on their way out. Only what is not active hides rows, so that is few.
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("opened_by", sa.Text, nullable=False),
    sa.Column("opened_at", Instant, nullable=False),
    sa.Column("activated_at", Instant),
    sa.Index("ix_catalogue_load_state", "state"),
)
catalogue_key = _table(
    # What one load has read, to find repetitions in a file of any length; emptied behind it.
    "catalogue_key",
    sa.Column("load_id", Id, primary_key=True, autoincrement=False),
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("destination", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
)
matter = _table(
    "matter",
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("destination", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("valid_from", sa.Date, nullable=False),
    sa.Column("valid_to", sa.Date),
    sa.Column("definition", sa.Text, nullable=False),
    # The load it came with; NULL: before there were loads. Rows of a load that is not active are seen by nobody.
    sa.Column("load_id", Id),
    sa.Index("ix_matter_load", "load_id"),
)
agreement = _table(
    "agreement",
    _id(),
    sa.Column("document_number", sa.Text, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("destination", sa.Text, nullable=False),
    sa.Column("matter", sa.Text, nullable=False),
    sa.Column("valid_from", sa.Date, nullable=False),
    sa.Column("valid_to", sa.Date),
    sa.Column("delegations", Json, nullable=False),
    # NULL: the document says nothing of them.
    sa.Column("terms", Json),
    sa.Column("imported_by", sa.Text, nullable=False),
    sa.Column("imported_at", Instant, nullable=False),
    sa.UniqueConstraint("document_number", "origin", "destination", "matter", name="uq_agreement"),
    sa.Index("ix_agreement_pair", "matter", "destination", "origin"),
)
baseline = _table(
    "baseline",
    _id(),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("destination", sa.Text, nullable=False),
    sa.Column("matter", sa.Text, nullable=False),
    # Empty means any class: NULL would escape the unique constraint.
    sa.Column("applicant_class", sa.Text, nullable=False),
    sa.Column("trips", sa.Integer, nullable=False),
    sa.Column("long_trips", sa.Integer, nullable=False),
    sa.Column("method", Code(BaselineMethod), nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("valid_from", sa.Date, nullable=False),
    sa.Column("valid_to", sa.Date),
    sa.Column("imported_by", sa.Text, nullable=False),
    sa.Column("imported_at", Instant, nullable=False),
    sa.Column("approved_by", sa.Text),
    sa.Column("approved_at", Instant),
    sa.UniqueConstraint("matter", "destination", "applicant_class", "version", name="uq_baseline"),
)
calendar_day = _table(
    "calendar_day",
    # Empty means every region: NULL could not stand in the key.
    sa.Column("region", sa.Text, primary_key=True),
    sa.Column("day", sa.Date, primary_key=True, autoincrement=False),
    sa.Column("working", sa.Boolean, nullable=False),
    sa.Column("note", sa.Text),
    sa.Column("imported_by", sa.Text, nullable=False),
    sa.Column("imported_at", Instant, nullable=False),
)
hall = _table(
    "hall",
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("disabled_at", Instant),
    sa.Column("webhook_url", sa.Text),
    sa.Column("webhook_secret_sealed", sa.LargeBinary),
)
hall_key = _table(
    "hall_key",
    sa.Column("prefix", sa.Text, primary_key=True),
    sa.Column("hall_id", sa.Text, sa.ForeignKey("hall.id"), nullable=False, index=True),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("revoked_at", Instant),
)
cases = _table(
    "cases",
    _id(),
    sa.Column("number", sa.Text, nullable=False, unique=True),
    sa.Column("hall_id", sa.Text, sa.ForeignKey("hall.id"), nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("destination", sa.Text, nullable=False),
    sa.Column("partner", sa.Text, nullable=False),
    sa.Column("matter", sa.Text, nullable=False),
    sa.Column("matter_version", sa.Integer, nullable=False),
    sa.Column("mode", Code(Mode), nullable=False),
    sa.Column("kind", Code(Kind), nullable=False),
    sa.Column("applicant_class", Code(ApplicantClass), nullable=False),
    sa.Column("status", Code(Status), nullable=False),
    sa.Column("status_since", Instant, nullable=False),
    sa.Column("decision", Code(Decision)),
    sa.Column("agreement_document", sa.Text),
    sa.Column("is_test", sa.Boolean, nullable=False),
    sa.Column("mapping_hash", sa.Text, nullable=False),
    sa.Column("received_at", Instant, nullable=False),
    sa.Column("transported_at", Instant),
    sa.Column("dispatched_at", Instant),
    sa.Column("handled_at", Instant),
    sa.Column("partner_number", sa.Text),
    sa.Column("document_sha256", sa.LargeBinary, nullable=False),
    sa.Column("body_sha256", sa.LargeBinary, nullable=False),
    sa.Column("relayed_seq", sa.Integer, nullable=False),
    sa.Column("relayed_at", Instant),
    sa.Column("event_seq", sa.Integer, nullable=False),
    sa.Column("event_head", sa.LargeBinary, nullable=False),
    # Keyed hash of the applicant's certificate; NULL: filed before it was kept, so never bundled.
    sa.Column("applicant_hash", sa.LargeBinary),
    # Set while the applicant wishes to withdraw and the partner has not answered to it.
    sa.Column("withdrawal_requested_at", Instant),
    sa.Column("withdrawal_sealed", sa.LargeBinary),
    # Of a part of a joint case: its whole. parts: of a whole, how many it has; 0 for every other case.
    sa.Column("parent_id", Id, sa.ForeignKey("cases.id"), index=True),
    sa.Column("parts", sa.Integer, nullable=False),
    sa.Index("ix_cases_hall", "hall_id", "id"),
    sa.Index("ix_cases_partner_number", "partner", "partner_number"),
    sa.Index(
        "ix_cases_open",
        "status",
        sqlite_where=sa.text("handled_at IS NULL"),
        postgresql_where=sa.text("handled_at IS NULL"),
    ),
)
case_body = _table(
    # Apart from the row, which changes with every event and should stay small.
    "case_body",
    _case(primary_key=True),
    sa.Column("document_sealed", sa.LargeBinary, nullable=False),
    sa.Column("body_sealed", sa.LargeBinary, nullable=False),
)
case_event = _table(
    "case_event",
    _case(primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("before", sa.Text),
    sa.Column("after", sa.Text),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("place", sa.Text),
    sa.Column("inferred", sa.Boolean, nullable=False),
    sa.Column("occurred_at", Instant, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("partner_code", sa.Text),
    sa.Column("report_id", Id),
    sa.Column("detail", Json, nullable=False),
    sa.Column("opinion_sealed", sa.LargeBinary),
    sa.Column("hash", sa.LargeBinary, nullable=False),
)
case_visit = _table(
    "case_visit",
    _id(),
    _case(),
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("purpose", Code(Purpose), nullable=False),
    sa.Column("evidence", Code(Evidence), nullable=False),
    sa.Column("reference_sealed", sa.LargeBinary, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("reference_hash", sa.LargeBinary),
    # Recorded by mistake, as a correction says; it no longer counts.
    sa.Column("struck_at", Instant),
    sa.Index("ix_case_visit_case", "case_id"),
)
case_result = _table(
    "case_result",
    _id(),
    _case(),
    sa.Column("label_sealed", sa.LargeBinary, nullable=False),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False, index=True),
    sa.Column("at", Instant, nullable=False),
    sa.UniqueConstraint("case_id", "sha256", name="uq_case_result"),
)
idempotency = _table(
    "idempotency",
    sa.Column("hall_id", sa.Text, sa.ForeignKey("hall.id"), primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("body_sha256", sa.LargeBinary, nullable=False),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("response", sa.LargeBinary, nullable=False),
    _case(nullable=True),
    sa.Column("created_at", Instant, nullable=False, index=True),
)
material = _table(
    "material",
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("hall_id", sa.Text, sa.ForeignKey("hall.id"), nullable=False),
    _case(nullable=True),
    sa.Column("position", sa.Integer),
    sa.Column("code", sa.Text),
    sa.Column("name_sealed", sa.LargeBinary, nullable=False),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("extension", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False, index=True),
    sa.Column("created_at", Instant, nullable=False),
    # 0: came with the case; else the supplement round that it answers, and the item.
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("item", sa.Text),
    sa.Index("ix_material_case", "case_id", "position"),
)
supplement_round = _table(
    "supplement_round",
    _case(primary_key=True),
    sa.Column("round", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("notice_sealed", sa.LargeBinary, nullable=False),
    sa.Column("repeated", sa.Boolean, nullable=False),
    sa.Column("issued_at", Instant, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("answered_at", Instant),
    sa.Column("answer_sealed", sa.LargeBinary),
    sa.Column("received_at", Instant),
    sa.Column("closed_at", Instant),
)
route_proposal = _table(
    "route_proposal",
    _id(),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("destination", sa.Text, nullable=False),
    sa.Column("matter", sa.Text, nullable=False),
    sa.Column("competent", sa.Text, nullable=False),
    sa.Column("cases", sa.Integer, nullable=False),
    sa.Column("first_at", Instant, nullable=False),
    sa.Column("last_at", Instant, nullable=False),
    sa.Column("last_case", sa.Text, nullable=False),
    sa.Column("closed_at", Instant),
    sa.Column("closed_by", sa.Text),
    sa.Column("resolution", sa.Text),
    sa.UniqueConstraint("origin", "destination", "matter", "competent", name="uq_route_proposal"),
)
job = _table(
    "job",
    _id(),
    sa.Column("kind", Code(JobKind), nullable=False),
    _case(),
    sa.Column("lane", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    # When it may be claimed: due_at while waiting, the lease's end while leased, NULL while parked. One index finds all that is ready.
    sa.Column("ready_at", Instant),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("first_try_at", Instant),
    sa.Column("worker", sa.Text),
    sa.Column("fence", sa.BigInteger, nullable=False),
    sa.Column("wanted", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.Text),
    sa.UniqueConstraint("case_id", "kind", name="uq_job"),
    sa.Index("ix_job_ready", "ready_at", "id"),
    sa.Index("ix_job_lane", "lane", "ready_at"),
)
attempt = _table(
    "attempt",
    _id(),
    _case(),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("partner", sa.Text, nullable=False),
    sa.Column("mapping_hash", sa.Text, nullable=False),
    sa.Column("begun_at", Instant, nullable=False),
    sa.Column("worker", sa.Text, nullable=False),
    sa.Column("finished_at", Instant),
    sa.Column("verdict", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("http_status", sa.Integer),
    sa.Column("request_sealed", sa.LargeBinary),
    sa.Column("response_sealed", sa.LargeBinary),
    # The supplement round that it was about; 0 for every other step.
    sa.Column("round", sa.Integer, nullable=False),
    # Until it ends, nobody knows that its bytes did not leave.
    sa.Column("perhaps_sent", sa.Boolean, nullable=False),
    sa.Index("ix_attempt_case", "case_id", "step", "id"),
    sa.Index("ix_attempt_verdict", "partner", "step", "verdict"),
)
step_result = _table(
    "step_result",
    _case(primary_key=True),
    sa.Column("step", sa.Text, primary_key=True),
    sa.Column("result", Json, nullable=False),
    sa.Column("attempt_id", Id, sa.ForeignKey("attempt.id"), nullable=False),
    sa.Column("at", Instant, nullable=False),
)
report = _table(
    "report",
    _id(),
    sa.Column("partner", sa.Text, nullable=False),
    _case(nullable=True),
    # The case, or 0 for none: NULL would escape the unique constraint.
    sa.Column("scope", sa.BigInteger, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("sha256", sa.LargeBinary, nullable=False),
    sa.Column("code", sa.Text),
    sa.Column("partner_number", sa.Text),
    sa.Column("event_at", Instant),
    sa.Column("received_at", Instant, nullable=False),
    sa.Column("effect", sa.Text),
    sa.Column("raw_sealed", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("partner", "scope", "sha256", name="uq_report"),
    sa.Index("ix_report_case", "case_id"),
    sa.Index("ix_report_effect", "effect"),
)
report_event = _table(
    "report_event",
    sa.Column("partner", sa.Text, primary_key=True),
    sa.Column("case_number", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("event_at", Instant, primary_key=True, autoincrement=False),
)
push_nonce = _table(
    "push_nonce",
    sa.Column("partner", sa.Text, primary_key=True),
    sa.Column("nonce", sa.Text, primary_key=True),
    sa.Column("expires_at", Instant, nullable=False, index=True),
)
bundle = _table(
    # One applicant's cases at one destination filed on one day; its row is locked while one of them is settled.
    "bundle",
    _id(),
    sa.Column("applicant_hash", sa.LargeBinary, nullable=False),
    sa.Column("destination", sa.Text, nullable=False),
    sa.Column("filed_on", sa.Date, nullable=False),
    sa.UniqueConstraint("applicant_hash", "destination", "filed_on", name="uq_bundle"),
)
ledger = _table(
    "ledger",
    _id(),
    _case(),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("destination", sa.Text, nullable=False),
    sa.Column("matter", sa.Text, nullable=False),
    sa.Column("mode", sa.Text, nullable=False),
    sa.Column("applicant_class", sa.Text, nullable=False),
    sa.Column("result", sa.Text, nullable=False),
    sa.Column("baseline_id", Id, sa.ForeignKey("baseline.id")),
    sa.Column("baseline", sa.Integer),
    sa.Column("baseline_long", sa.Integer),
    sa.Column("actual", sa.Integer, nullable=False),
    sa.Column("actual_long", sa.Integer, nullable=False),
    sa.Column("settled_at", Instant, nullable=False),
    sa.Column("account", Code(Account), nullable=False),
    sa.Column("counted", sa.Integer, nullable=False),
    sa.Column("month", sa.Text, nullable=False),
    sa.Column("bundle_id", Id),
    sa.Column("corrects", Id),
    sa.Index(
        "uq_ledger_settlement",
        "case_id",
        unique=True,
        sqlite_where=sa.text("kind = 'settlement'"),
        postgresql_where=sa.text("kind = 'settlement'"),
    ),
    sa.Index("ix_ledger_case", "case_id"),
    sa.Index("ix_ledger_bundle", "bundle_id"),
)
partner_state = _table(
    "partner_state",
    sa.Column("partner", sa.Text, primary_key=True),
    sa.Column("paused_until", Instant),
    sa.Column("reason", sa.Text),
    sa.Column("since", Instant, nullable=False),
)
ticket = _table(
    "ticket",
    _id(),
    _case(nullable=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("opened_at", Instant, nullable=False),
    sa.Column("detail", Json, nullable=False),
    sa.Column("closed_at", Instant),
    sa.Column("closed_by", sa.Text),
    sa.Column("resolution", sa.Text),
    sa.Index(
        "uq_ticket_open",
        "case_id",
        "kind",
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    ),
)
audit = _table(
    "audit",
    _id(),
    sa.Column("chain", sa.Text, nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("detail", Json, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("chain", "seq", name="uq_audit"),
)

# SQLite has no sequences; PostgreSQL's is CASE_SERIAL.
counter = _table(
    "counter",
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.BigInteger, nullable=False),
    only="sqlite",
)
CASE_SERIAL = sa.Sequence("case_serial")

attachment = _table(
    "attachment",
    sa.Column("upload", sa.Text, primary_key=True),
    sa.Column("address", sa.Text, unique=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("begun_at", Instant, nullable=False),
    only="postgresql",
)
attachment_chunk = _table(
    "attachment_chunk",
    sa.Column("upload", sa.Text, sa.ForeignKey("attachment.upload", ondelete="CASCADE"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    only="postgresql",
)
