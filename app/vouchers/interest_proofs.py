"""What interest comes to, as SQL that proofs work out by themselves: exactly, in whole numbers."""

from typing import Final

PER_FEN: Final = 26_280_000_000
"""Into so many parts each fen is cut: a millionth of a rate, for a day of 360 or 365, or for a month."""


def borne(said: str, first: str, until: str) -> str:
    """Return what computes how many of these parts a fen bears from the day after ``first`` up to ``until``.

    ``said`` is what a policy says of it, as stored.
    """
    return _BORNE.replace("SAID", said).replace("FIRST", first).replace("UNTIL", until)


_BORNE: Final = """
    (SELECT CASE WHEN coalesce(SAID ->> 'count', SAID ->> 'per') IN ('months', 'begun_months', 'month')
            THEN (SAID ->> 'rate')::numeric * months.counted
                 * CASE SAID ->> 'per' WHEN 'month' THEN 26280 ELSE 2190 END
            ELSE coalesce(days.ppm, 0)
                 * CASE SAID ->> 'per' WHEN 'day' THEN 26280
                        ELSE 26280 / (SAID ->> 'days_in_year')::int END END
     FROM (SELECT count(*) FILTER (WHERE ended <= UNTIL OR SAID ->> 'count' = 'begun_months') AS counted,
                  count(*) FILTER (
                      WHERE ended < UNTIL
                            OR ended = UNTIL AND coalesce(SAID ->> 'terms_on', 'last_day') = 'last_day'
                  ) AS ended
           FROM generate_series(1, 600) AS nth
           CROSS JOIN LATERAL (SELECT (FIRST + make_interval(months => nth))::date AS ended,
                                      (FIRST + make_interval(months => nth - 1))::date AS begun) AS month
           WHERE begun < UNTIL) AS months
     CROSS JOIN LATERAL (
         SELECT CASE SAID ->> 'rates_on' WHEN 'last_day'
                THEN greatest(0, UNTIL - FIRST)
                     * max(rate) FILTER (WHERE from_day <= UNTIL AND coalesce(next_day > UNTIL, true))
                ELSE sum(rate * greatest(0, least(UNTIL, next_day - 1) - greatest(FIRST, from_day - 1)))
                END AS ppm
         FROM (SELECT (one ->> 'rate')::numeric AS rate, (one ->> 'from_day')::date AS from_day,
                      lead((one ->> 'from_day')::date) OVER (ORDER BY place) AS next_day
               FROM jsonb_array_elements(coalesce(
                   SAID -> 'rates',
                   (SELECT jsonb_agg(jsonb_build_object('rate', slice -> 'rate', 'from_day',
                           (FIRST + make_interval(months => (slice ->> 'months')::int))::date + 1)
                           ORDER BY nth)
                    FROM jsonb_array_elements(SAID -> 'slices') WITH ORDINALITY AS slices (slice, nth)),
                   jsonb_build_array(jsonb_build_object('rate', coalesce(
                       SAID -> 'rate',
                       (SELECT term -> 'rate'
                        FROM jsonb_array_elements(SAID -> 'terms') WITH ORDINALITY AS terms (term, nth)
                        WHERE (term ->> 'months')::int <= months.ended ORDER BY nth DESC LIMIT 1),
                       '0'))))) WITH ORDINALITY AS rates (one, place)) AS rates) AS days)
"""
