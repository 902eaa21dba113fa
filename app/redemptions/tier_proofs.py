"""Which tiers of a bonus held on a day, as SQL for the proofs: by any calendar that could be known that day.

A tier whose end moves to the next working day ends by the calendar that offices knew at the lock. What was
known is not stored: it may have been weekends alone, or the holidays of one year of two. All of that lies
between the end by weekends alone, or by today's calendar, and the end if no weekend were worked.
"""

from typing import Final

from app.vouchers.term_proofs import (
    latest_working_day_from,
    weekday_from,
    working_day_from,
)

_COUNTED: Final = """
    coalesce((tier ->> 'to_day')::date, started_on + (tier ->> 'to_nth_day')::int,
             started_on + make_interval(months => (tier ->> 'to_month')::int))
"""
LAST_DAY: Final = f"""
    CASE bonus ->> 'ends' WHEN 'working_day' THEN {latest_working_day_from(_COUNTED)} ELSE {_COUNTED} END
"""
"""The last day of a tier, at the latest, of which the months and days count from a day."""
_SURE: Final = f"""
    CASE bonus ->> 'ends' WHEN 'working_day'
         THEN least({weekday_from(_COUNTED)}, {working_day_from(_COUNTED)}) ELSE {_COUNTED} END
"""
"""The last day of a tier, at the earliest."""

_HELD: Final = """
    (SELECT tier, place, is_sure
     FROM (SELECT tier, place, is_sure,
                  bool_or(is_sure) OVER (ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
                  AS is_behind
           FROM jsonb_array_elements(bonus -> 'tiers') WITH ORDINALITY AS tiers (tier, place)
           CROSS JOIN LATERAL (SELECT A_DAY <= SURE AS is_sure) AS ends
           WHERE (coalesce(tier -> 'kinds', 'null') = 'null' OR tier -> 'kinds' ? h.kind
                  OR coalesce(bonus ->> 'spent_on' = 'earning', false))
             AND A_DAY >= coalesce((tier ->> 'from_day')::date, A_DAY) AND A_DAY <= LAST_DAY) AS every
     WHERE is_behind IS NOT TRUE)
""".replace("SURE", _SURE).replace("LAST_DAY", LAST_DAY)


def held(day: str) -> str:
    """Return what selects the tiers of a bonus that may have held on a day for a kind of stock, ``h.kind``.

    All but the last are open to doubt; ``is_sure`` says of each whether it surely did not end before.
    """
    return _HELD.replace("A_DAY", day)


_RATES: Final = """
    (SELECT coalesce(array_agg(coalesce((tier ->> 'rate')::bigint, 0)), '{}')
            || CASE WHEN bool_or(is_sure) THEN '{}' ELSE '{0}' END::bigint[] AS rates
     FROM HELD AS held)
"""
"""At which rates a bonus may have been earned on a day: 0 where it may be that no tier held."""


def rates(day: str) -> str:
    """Return what selects an array of the rates at which a bonus may have been earned on a day."""
    return _RATES.replace("HELD", held(day))
