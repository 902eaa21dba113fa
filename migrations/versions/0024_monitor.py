"""The monitor's runs and what they found; signals about homes, developments and developers.

Revision ID: 0024
Revises: 0023
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0024"
down_revision: str | None = "0023"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = (
    """
CREATE TABLE monitor_runs (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    ref VARCHAR NOT NULL,
    district_id BIGINT NOT NULL,
    asked_by_id BIGINT,
    state VARCHAR NOT NULL,
    stage VARCHAR,
    progress SMALLINT NOT NULL,
    attempt SMALLINT NOT NULL,
    beat_at TIMESTAMP WITH TIME ZONE NOT NULL,
    cancel_asked_at TIMESTAMP WITH TIME ZONE,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE,
    rate_bp SMALLINT NOT NULL,
    materiality_bp SMALLINT NOT NULL,
    rule_version SMALLINT NOT NULL,
    data_hash VARCHAR,
    drift_alarm BOOLEAN NOT NULL,
    outcome JSONB,
    problem VARCHAR,
    CONSTRAINT pk_monitor_runs PRIMARY KEY (id),
    CONSTRAINT uq_monitor_runs_district_id_id UNIQUE (district_id, id),
    CONSTRAINT ck_monitor_runs_state CHECK (state IN ('waiting', 'running', 'done', 'cancelled', 'failed')),
    CONSTRAINT ck_monitor_runs_finished CHECK ((state IN ('waiting', 'running')) = (finished_at IS NULL)),
    CONSTRAINT ck_monitor_runs_outcome CHECK ((state = 'done') = (outcome IS NOT NULL)),
    CONSTRAINT ck_monitor_runs_data_hash CHECK ((state = 'done') = (data_hash IS NOT NULL)),
    CONSTRAINT ck_monitor_runs_problem CHECK ((state = 'failed') = (problem IS NOT NULL)),
    CONSTRAINT ck_monitor_runs_cancelled CHECK (state <> 'cancelled' OR cancel_asked_at IS NOT NULL),
    CONSTRAINT ck_monitor_runs_progress CHECK (progress BETWEEN 0 AND 100),
    CONSTRAINT ck_monitor_runs_rate CHECK (rate_bp BETWEEN 1 AND 5000),
    CONSTRAINT ck_monitor_runs_materiality CHECK (materiality_bp BETWEEN 0 AND 5000),
    CONSTRAINT ck_monitor_runs_counters CHECK (rule_version > 0 AND attempt >= 0),
    CONSTRAINT uq_monitor_runs_ref UNIQUE (ref),
    CONSTRAINT fk_monitor_runs_district_id FOREIGN KEY(district_id) REFERENCES districts (id),
    CONSTRAINT fk_monitor_runs_asked_by_id FOREIGN KEY(asked_by_id) REFERENCES users (id)
)
""",
    """
CREATE TABLE monitor_findings (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    district_id BIGINT NOT NULL,
    run_id BIGINT NOT NULL,
    kind VARCHAR NOT NULL,
    developer_id BIGINT NOT NULL,
    development_id BIGINT,
    level VARCHAR NOT NULL,
    listings BIGINT NOT NULL,
    premium FLOAT,
    lower FLOAT,
    upper FLOAT,
    p_value FLOAT,
    CONSTRAINT pk_monitor_findings PRIMARY KEY (id),
    CONSTRAINT fk_monitor_findings_district_id_run_id FOREIGN KEY(district_id, run_id) REFERENCES monitor_runs (district_id, id),
    CONSTRAINT ck_monitor_findings_kind CHECK (kind IN ('development_above_area', 'developer_above_area', 'development_above_own_cash')),
    CONSTRAINT ck_monitor_findings_subject CHECK ((kind = 'developer_above_area') = (development_id IS NULL)),
    CONSTRAINT ck_monitor_findings_level CHECK (level IN ('flag', 'review', 'info', 'clear', 'cannot_tell')),
    CONSTRAINT ck_monitor_findings_tested CHECK ((level = 'cannot_tell') = (p_value IS NULL)),
    CONSTRAINT ck_monitor_findings_figures CHECK (p_value BETWEEN 0 AND 1 AND lower <= upper AND listings >= 0),
    CONSTRAINT uq_monitor_findings_run_id_kind_developer_id_development_id UNIQUE NULLS NOT DISTINCT (run_id, kind, developer_id, development_id),
    CONSTRAINT fk_monitor_findings_developer_id FOREIGN KEY(developer_id) REFERENCES organisations (id),
    CONSTRAINT fk_monitor_findings_development_id FOREIGN KEY(development_id) REFERENCES developments (id)
)
""",
    """
CREATE TABLE home_comparisons (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    district_id BIGINT NOT NULL,
    home_id BIGINT NOT NULL,
    run_id BIGINT NOT NULL,
    level VARCHAR NOT NULL,
    voucher_fen BIGINT NOT NULL,
    expected_fen BIGINT,
    lower_fen BIGINT,
    upper_fen BIGINT,
    p_value FLOAT,
    comparison JSONB NOT NULL,
    compared_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_home_comparisons PRIMARY KEY (id),
    CONSTRAINT fk_home_comparisons_district_id_run_id FOREIGN KEY(district_id, run_id) REFERENCES monitor_runs (district_id, id),
    CONSTRAINT uq_home_comparisons_district_id_home_id UNIQUE (district_id, home_id),
    CONSTRAINT ck_home_comparisons_level CHECK (level IN ('review', 'info', 'clear', 'cannot_tell')),
    CONSTRAINT ck_home_comparisons_tested CHECK ((level = 'cannot_tell') = (expected_fen IS NULL)),
    CONSTRAINT ck_home_comparisons_all_or_nothing CHECK (num_nulls(expected_fen, lower_fen, upper_fen, p_value) IN (0, 4)),
    CONSTRAINT ck_home_comparisons_prices CHECK (0 < lower_fen AND lower_fen <= upper_fen AND voucher_fen > 0),
    CONSTRAINT fk_home_comparisons_home_id FOREIGN KEY(home_id) REFERENCES homes (id)
)
""",
    """
CREATE TABLE signal_evidence (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    district_id BIGINT NOT NULL,
    signal_id BIGINT NOT NULL,
    run_id BIGINT NOT NULL,
    level VARCHAR NOT NULL,
    evidence JSONB NOT NULL,
    found_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_signal_evidence PRIMARY KEY (id),
    CONSTRAINT fk_signal_evidence_district_id_signal_id FOREIGN KEY(district_id, signal_id) REFERENCES signals (district_id, id),
    CONSTRAINT fk_signal_evidence_district_id_run_id FOREIGN KEY(district_id, run_id) REFERENCES monitor_runs (district_id, id),
    CONSTRAINT uq_signal_evidence_signal_id_run_id UNIQUE (signal_id, run_id),
    CONSTRAINT ck_signal_evidence_level CHECK (level IN ('info', 'review', 'flag'))
)
""",
)
INDEXES = (
    "CREATE INDEX ix_monitor_runs_list ON monitor_runs (district_id, started_at, id)",
    "CREATE UNIQUE INDEX uq_monitor_runs_open ON monitor_runs (district_id) WHERE state IN ('waiting', 'running')",
    "CREATE INDEX ix_monitor_findings_developer_id ON monitor_findings (developer_id)",
    "CREATE INDEX ix_monitor_findings_development_id ON monitor_findings (development_id)",
    "CREATE INDEX ix_home_comparisons_home_id ON home_comparisons (home_id)",
)
APPEND_ONLY = ("monitor_findings", "signal_evidence")

SINGLE = "'voucher_above_cash', 'voucher_above_filed', 'voucher_above_net', 'contract_below_cash'"
GROUPS = "'development_above_area', 'developer_above_area', 'development_above_own_cash'"
KINDS = (
    f"{SINGLE}, 'home_above_area', 'development_above_area', 'developer_above_area', "
    "'home_above_development', 'development_above_own_cash'"
)
CHECKS = {
    "home": f"(home_id IS NULL) = (kind IN ({GROUPS}))",
    "development": "(development_id IS NULL) = (kind = 'developer_above_area')",
    "level": "level IN ('info', 'review', 'flag')",
    "level_of_grade": "grade <> 'A' OR level = 'flag' AND NOT held",
    "one_home": "kind <> 'home_above_area' OR level <> 'flag'",
    "run": "(grade = 'A') = (run_id IS NULL)",
}
SIGNALS = (
    (
        "ALTER TABLE signals ALTER COLUMN home_id DROP NOT NULL, ADD COLUMN level varchar, "
        "ADD COLUMN held boolean NOT NULL DEFAULT false, ADD COLUMN development_id bigint, "
        "ADD COLUMN run_id bigint"
    ),
    (
        "UPDATE signals SET level = 'flag', development_id = homes.development_id "
        "FROM homes WHERE homes.id = signals.home_id"
    ),
    (
        "ALTER TABLE signals ALTER COLUMN level SET NOT NULL, "
        "ADD CONSTRAINT fk_signals_development_id FOREIGN KEY (development_id) REFERENCES developments (id), "
        "ADD CONSTRAINT fk_signals_district_id_run_id "
        "FOREIGN KEY (district_id, run_id) REFERENCES monitor_runs (district_id, id)"
    ),
    "CREATE INDEX ix_signals_development_id ON signals (development_id)",
    "CREATE INDEX ix_signals_run_id ON signals (run_id)",
    (
        "CREATE UNIQUE INDEX uq_signals_one_a_subject ON signals "
        "(district_id, kind, developer_id, coalesce(development_id, 0), coalesce(home_id, 0)) "
        "WHERE grade = 'B' AND state NOT IN ('dismissed', 'lapsed')"
    ),
)


def upgrade() -> None:
    """Create the runs and their findings; let signals be about more than a home."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in (*TABLES[:3], *SIGNALS, TABLES[3], *INDEXES):
        op.execute(statement)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION anju_forbid_change()"
        )
    _check("kind", f"kind IN ({KINDS})")
    for name, rule in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_signals_{name}"), "signals", rule)


def downgrade() -> None:
    """Drop them, and with them what only a run can have found."""
    op.drop_table("signal_evidence")
    op.execute("ALTER TABLE signal_moves DISABLE TRIGGER USER")
    op.execute("DELETE FROM signal_moves WHERE signal_id IN (SELECT id FROM signals WHERE grade = 'B')")
    op.execute("ALTER TABLE signal_moves ENABLE TRIGGER USER")
    op.execute("DELETE FROM signals WHERE grade = 'B'")
    for name in CHECKS:
        op.drop_constraint(op.f(f"ck_signals_{name}"), "signals")
    _check("kind", f"kind IN ({SINGLE})")
    op.execute("DROP INDEX uq_signals_one_a_subject")
    for column in ("run_id", "development_id", "held", "level"):
        op.drop_column("signals", column)
    op.execute("ALTER TABLE signals ALTER COLUMN home_id SET NOT NULL")
    for table in ("home_comparisons", "monitor_findings", "monitor_runs"):
        op.drop_table(table)


def _check(name: str, rule: str) -> None:
    op.drop_constraint(op.f(f"ck_signals_{name}"), "signals")
    op.create_check_constraint(op.f(f"ck_signals_{name}"), "signals", rule)
