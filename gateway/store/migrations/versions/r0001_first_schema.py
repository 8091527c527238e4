"""The first schema.

Revision: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SETTLEMENT = sa.text("kind = 'settlement'")
_OPEN_TICKET = sa.text("closed_at IS NULL")
_OPEN_CASE = sa.text("handled_at IS NULL")


def upgrade() -> None:
    """Make all tables."""
    _parties()
    _cases()
    _work()
    _operation()
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.schema.CreateSequence(sa.Sequence("case_serial")))
        _attachments()
    else:
        _counter()


def _parties() -> None:
    """Who handles what for whom."""
    op.create_table(
        "region",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("zone", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_region"),
    )
    op.create_table(
        "matter",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date()),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", "destination", "version", name="pk_matter"),
    )
    op.create_table(
        "agreement",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("document_number", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("matter", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date()),
        sa.Column("delegations", sa.Text(), nullable=False),
        sa.Column("imported_by", sa.Text(), nullable=False),
        sa.Column("imported_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_agreement"),
        sa.UniqueConstraint("document_number", "origin", "destination", "matter", name="uq_agreement"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_agreement_pair", "agreement", ["matter", "destination", "origin"])
    op.create_table(
        "baseline",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("matter", sa.Text(), nullable=False),
        sa.Column("applicant_class", sa.Text(), nullable=False),
        sa.Column("trips", sa.Integer(), nullable=False),
        sa.Column("long_trips", sa.Integer(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date()),
        sa.Column("imported_by", sa.Text(), nullable=False),
        sa.Column("imported_at", sa.BigInteger(), nullable=False),
        sa.Column("approved_by", sa.Text()),
        sa.Column("approved_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_baseline"),
        sa.UniqueConstraint("matter", "destination", "applicant_class", "version", name="uq_baseline"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "hall",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("disabled_at", sa.BigInteger()),
        sa.Column("webhook_url", sa.Text()),
        sa.Column("webhook_secret_sealed", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("id", name="pk_hall"),
    )
    op.create_table(
        "hall_key",
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("hall_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["hall_id"], ["hall.id"], name="fk_hall_key_hall_id"),
        sa.PrimaryKeyConstraint("prefix", name="pk_hall_key"),
    )
    op.create_index("ix_hall_key_hall_id", "hall_key", ["hall_id"])


def _cases() -> None:
    """The cases and what belongs to them."""
    op.create_table(
        "cases",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("hall_id", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("matter", sa.Text(), nullable=False),
        sa.Column("matter_version", sa.Integer(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("applicant_class", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("status_since", sa.BigInteger(), nullable=False),
        sa.Column("decision", sa.Text()),
        sa.Column("agreement_document", sa.Text()),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("mapping_hash", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("transported_at", sa.BigInteger()),
        sa.Column("dispatched_at", sa.BigInteger()),
        sa.Column("handled_at", sa.BigInteger()),
        sa.Column("partner_number", sa.Text()),
        sa.Column("document_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("body_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("relayed_seq", sa.Integer(), nullable=False),
        sa.Column("relayed_at", sa.BigInteger()),
        sa.Column("event_seq", sa.Integer(), nullable=False),
        sa.Column("event_head", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["hall_id"], ["hall.id"], name="fk_cases_hall_id"),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
        sa.UniqueConstraint("number", name="uq_cases_number"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_cases_hall", "cases", ["hall_id", "id"])
    op.create_index("ix_cases_open", "cases", ["status"], sqlite_where=_OPEN_CASE, postgresql_where=_OPEN_CASE)
    op.create_index("ix_cases_partner_number", "cases", ["partner", "partner_number"])
    op.create_table(
        "case_body",
        sa.Column("case_id", _ID, nullable=False),
        sa.Column("document_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_body_case_id"),
        sa.PrimaryKeyConstraint("case_id", name="pk_case_body"),
    )
    op.create_table(
        "case_event",
        sa.Column("case_id", _ID, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("before", sa.Text()),
        sa.Column("after", sa.Text()),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("place", sa.Text()),
        sa.Column("inferred", sa.Boolean(), nullable=False),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("partner_code", sa.Text()),
        sa.Column("report_id", _ID),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("opinion_sealed", sa.LargeBinary()),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_event_case_id"),
        sa.PrimaryKeyConstraint("case_id", "seq", name="pk_case_event"),
    )
    op.create_table(
        "case_visit",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("case_id", _ID, nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("reference_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_visit_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_case_visit"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_case_visit_case", "case_visit", ["case_id"])
    op.create_table(
        "case_result",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("case_id", _ID, nullable=False),
        sa.Column("label_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_result_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_case_result"),
        sa.UniqueConstraint("case_id", "sha256", name="uq_case_result"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_case_result_address", "case_result", ["address"])
    op.create_table(
        "idempotency",
        sa.Column("hall_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("response", sa.LargeBinary(), nullable=False),
        sa.Column("case_id", _ID),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_idempotency_case_id"),
        sa.ForeignKeyConstraint(["hall_id"], ["hall.id"], name="fk_idempotency_hall_id"),
        sa.PrimaryKeyConstraint("hall_id", "key", name="pk_idempotency"),
    )
    op.create_index("ix_idempotency_created_at", "idempotency", ["created_at"])
    op.create_table(
        "material",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("hall_id", sa.Text(), nullable=False),
        sa.Column("case_id", _ID),
        sa.Column("position", sa.Integer()),
        sa.Column("code", sa.Text()),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("extension", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_material_case_id"),
        sa.ForeignKeyConstraint(["hall_id"], ["hall.id"], name="fk_material_hall_id"),
        sa.PrimaryKeyConstraint("id", name="pk_material"),
    )
    op.create_index("ix_material_address", "material", ["address"])
    op.create_index("ix_material_case", "material", ["case_id", "position"])


def _work() -> None:
    """The queue, the attempts and what partners said."""
    op.create_table(
        "job",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("case_id", _ID, nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("ready_at", sa.BigInteger()),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("first_try_at", sa.BigInteger()),
        sa.Column("worker", sa.Text()),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("wanted", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_job_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
        sa.UniqueConstraint("case_id", "kind", name="uq_job"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_job_lane", "job", ["lane", "ready_at"])
    op.create_index("ix_job_ready", "job", ["ready_at", "id"])
    op.create_table(
        "attempt",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("case_id", _ID, nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("mapping_hash", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("finished_at", sa.BigInteger()),
        sa.Column("verdict", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("http_status", sa.Integer()),
        sa.Column("request_sealed", sa.LargeBinary()),
        sa.Column("response_sealed", sa.LargeBinary()),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_attempt_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_attempt"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_attempt_case", "attempt", ["case_id", "step", "id"])
    op.create_index("ix_attempt_verdict", "attempt", ["partner", "step", "verdict"])
    op.create_table(
        "step_result",
        sa.Column("case_id", _ID, nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("attempt_id", _ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name="fk_step_result_attempt_id"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_step_result_case_id"),
        sa.PrimaryKeyConstraint("case_id", "step", name="pk_step_result"),
    )
    op.create_table(
        "report",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("case_id", _ID),
        sa.Column("scope", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("code", sa.Text()),
        sa.Column("partner_number", sa.Text()),
        sa.Column("event_at", sa.BigInteger()),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("effect", sa.Text()),
        sa.Column("raw_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_report_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_report"),
        sa.UniqueConstraint("partner", "scope", "sha256", name="uq_report"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_report_case", "report", ["case_id"])
    op.create_index("ix_report_effect", "report", ["effect"])
    op.create_table(
        "report_event",
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("case_number", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("event_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partner", "case_number", "code", "event_at", name="pk_report_event"),
    )
    op.create_table(
        "push_nonce",
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partner", "nonce", name="pk_push_nonce"),
    )
    op.create_index("ix_push_nonce_expires_at", "push_nonce", ["expires_at"])


def _operation() -> None:
    """What was achieved, and what people must know."""
    op.create_table(
        "ledger",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("case_id", _ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("matter", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("applicant_class", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("baseline_id", _ID),
        sa.Column("baseline", sa.Integer()),
        sa.Column("baseline_long", sa.Integer()),
        sa.Column("actual", sa.Integer(), nullable=False),
        sa.Column("actual_long", sa.Integer(), nullable=False),
        sa.Column("eligible", sa.Boolean(), nullable=False),
        sa.Column("why_not", sa.Text()),
        sa.Column("settled_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["baseline_id"], ["baseline.id"], name="fk_ledger_baseline_id"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_ledger_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ledger"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_ledger_case", "ledger", ["case_id"])
    op.create_index("uq_ledger_settlement", "ledger", ["case_id"], unique=True, sqlite_where=_SETTLEMENT, postgresql_where=_SETTLEMENT)
    op.create_table(
        "partner_state",
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("paused_until", sa.BigInteger()),
        sa.Column("reason", sa.Text()),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partner", name="pk_partner_state"),
    )
    op.create_table(
        "ticket",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("case_id", _ID),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.BigInteger()),
        sa.Column("closed_by", sa.Text()),
        sa.Column("resolution", sa.Text()),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_ticket_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ticket"),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_ticket_open", "ticket", ["case_id", "kind"], unique=True, sqlite_where=_OPEN_TICKET, postgresql_where=_OPEN_TICKET)
    op.create_table(
        "audit",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        sa.UniqueConstraint("chain", "seq", name="uq_audit"),
        sqlite_autoincrement=True,
    )


def _attachments() -> None:
    """Content as rows; on SQLite it lies in a folder."""
    op.create_table(
        "attachment",
        sa.Column("upload", sa.Text(), nullable=False),
        sa.Column("address", sa.Text()),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("upload", name="pk_attachment"),
        sa.UniqueConstraint("address", name="uq_attachment_address"),
    )
    op.create_table(
        "attachment_chunk",
        sa.Column("upload", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["upload"], ["attachment.upload"], name="fk_attachment_chunk_upload", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("upload", "position", name="pk_attachment_chunk"),
    )


def _counter() -> None:
    """Serials; on PostgreSQL a sequence gives them."""
    counter = op.create_table(
        "counter",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_counter"),
    )
    op.bulk_insert(counter, [{"name": "case_serial", "value": 0}])
