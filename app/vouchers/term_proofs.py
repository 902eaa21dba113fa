"""What must hold of the last day of a term, as a query for what does not; and working days as SQL."""

from collections.abc import Iterable
from datetime import date
from typing import Final

import chinese_calendar

from app.vouchers.proofs import STARTED_ON


def _listed(days: Iterable[date]) -> str:
    return f"'{{{','.join(sorted(day.isoformat() for day in days))}}}'::date[]"


_OFF: Final = _listed(day for day in chinese_calendar.holidays if day.weekday() < 5)
_MADE_UP: Final = _listed(day for day in chinese_calendar.workdays if day.weekday() >= 5)
"""Weekends on which offices work for a holiday (调休)."""


def working_day_from(day: str) -> str:
    """Return what computes a day, or the next working day where it is none, by the calendar kept today."""
    return _FROM.replace("A_DAY", day).replace("MADE_UP", f"OR on_day = ANY ({_MADE_UP})")


def latest_working_day_from(day: str) -> str:
    """Return the same as if no weekend were worked: nobody knew of those before they were published."""
    return _FROM.replace("A_DAY", day).replace("MADE_UP", "")


def weekday_from(day: str) -> str:
    """Return the same as if there were weekends alone: so the last day is counted before a calendar is."""
    return _WEEKDAY.replace("A_DAY", day)


_WEEKDAY: Final = """
    (SELECT min(on_day) FROM generate_series(0, 2) AS more
     CROSS JOIN LATERAL (SELECT (A_DAY)::date + more AS on_day) AS days
     WHERE extract(isodow FROM on_day) < 6)
"""
_FROM: Final = """
    (SELECT min(on_day) FROM generate_series(0, 30) AS more
     CROSS JOIN LATERAL (SELECT (A_DAY)::date + more AS on_day) AS days
     WHERE extract(isodow FROM on_day) < 6 AND on_day <> ALL (OFF) MADE_UP)
""".replace("OFF", _OFF)

TERMS: Final = {
    "a term ends on its last day, or on the next working day, where its policy says so": """
        SELECT v.district_id, 'voucher', v.id, format('%s, not %s', known.last_day, counted.last_day)
        FROM vouchers v JOIN policy_versions p ON p.id = v.policy_version_id
        JOIN agreements g ON g.id = v.agreement_id
        CROSS JOIN LATERAL (
            SELECT ((v.expires_at - interval '1 microsecond') AT TIME ZONE 'Asia/Shanghai')::date AS last_day,
                   coalesce((p.body -> 'scheme' ->> 'buy_until')::date, 'infinity') AS buy_until,
                   make_interval(months => coalesce((p.body -> 'valid' ->> 'months')::int, 0) + coalesce(
                       (SELECT sum(x.months)::int FROM voucher_extensions x
                        WHERE x.voucher_id = v.id AND x.state = 'approved'), 0)) AS months) AS known
        CROSS JOIN LATERAL (
            SELECT (coalesce((p.body -> 'valid' ->> 'until')::date,
                             STARTED_ON + coalesce((p.body -> 'valid' ->> 'days')::int, 0))
                    + known.months)::date AS last_day) AS counted
        WHERE p.body -> 'valid' ->> 'ends' = 'working_day' AND v.move_id IS NULL AND v.expires_at IS NOT NULL
          AND known.last_day NOT BETWEEN least(counted.last_day, known.buy_until)
                                     AND least(LATEST, known.buy_until)
    """.replace("STARTED_ON", STARTED_ON).replace("LATEST", latest_working_day_from("counted.last_day")),
}
"""Each rule with the query that finds what breaks it, as in ``proofs``. Of other policies "a voucher lapses
when its policy says" tells, of a voucher that came of a move ``move_proofs``."""
