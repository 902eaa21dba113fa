"""What must hold of the band by which an ending is paid, as queries for what does not (decision 0031)."""

from typing import Final

_TOGETHER: Final = """
    (SELECT (one #>> '{figures,face_fen}')::bigint AS face_fen,
            (one #>> '{figures,spent_fen}')::bigint AS spent_fen
     FROM jsonb_array_elements(e.shown -> 'rules') AS rules (one) WHERE one ->> 'code' = 'spent_together')
"""
"""What an ending kept of what all vouchers of its household had and spent."""
_PART: Final = """
    coalesce(nullif(split_part(one #>> '{figures,part}', '/', 1), ''), '1')::numeric AS numerator,
    coalesce(nullif(split_part(one #>> '{figures,part}', '/', 2), ''), '1')::numeric AS denominator
"""
"""Which part of a voucher that was issued it was, as its band's rule kept it."""
REST_NUM: Final = "coalesce(split_part(SHOWN ->> 'rest', '/', 1), '0')::numeric"
REST_DEN: Final = "coalesce(nullif(split_part(SHOWN ->> 'rest', '/', 2), ''), '1')::numeric"
"""What rounding left off what was spent, and off the face, as an ending SHOWN kept it: where a split parted
that. Both are compared as so many parts of a fen, exactly."""

BANDS: Final = {
    "an ending is paid by the last band that it is in": """
        SELECT e.district_id, 'voucher_ending', e.id,
               format('by %s, spent %s of %s fen', mine.path, used.spent_fen, used.face_fen)
        FROM voucher_endings e JOIN vouchers v ON v.id = e.voucher_id
        JOIN policy_versions p ON p.id = v.policy_version_id
        CROSS JOIN LATERAL (
            SELECT one ->> 'path' AS path, substring(one ->> 'path' FROM '[[]([0-9]+)[]]$')::int AS place,
                   PART
            FROM jsonb_array_elements(e.shown -> 'rules') WITH ORDINALITY AS rules (one, nth)
            WHERE one ->> 'code' IN ('leftover', 'lapse_cash') AND one ->> 'path' LIKE '%]'
            ORDER BY nth LIMIT 1) AS mine
        CROSS JOIN LATERAL (SELECT CASE WHEN mine.path LIKE 'leftover%' THEN p.body -> 'leftover'
                                        ELSE p.body #> '{lapse,bands}' END AS bands) AS said
        LEFT JOIN LATERAL jsonb_array_elements(said.bands) WITH ORDINALITY AS bands (band, nth) ON true
        LEFT JOIN LATERAL TOGETHER AS counted ON band ->> 'spent_of' = 'household'
        CROSS JOIN LATERAL (
            SELECT CASE band ->> 'spent_of' WHEN 'household' THEN counted.face_fen
                   ELSE e.face_fen * REST_DEN + REST_NUM END AS face_fen,
                   CASE band ->> 'spent_of' WHEN 'household' THEN counted.spent_fen
                   ELSE e.spent_fen * REST_DEN + REST_NUM END AS spent_fen) AS used
        CROSS JOIN LATERAL (
            SELECT coalesce(used.spent_fen * 10000
                            >= coalesce((band ->> 'spent_from')::bigint * used.face_fen,
                                        (band ->> 'spent_above')::bigint * used.face_fen + 1)
                            AND e.leftover_fen <= coalesce(
                                div((band ->> 'left_up_to')::bigint * numerator, denominator),
                                e.leftover_fen),
                            false) AS holds) AS told
        WHERE CASE WHEN band IS NULL OR nth = 1 AND mine.place >= jsonb_array_length(said.bands) THEN true
                   WHEN nth - 1 = mine.place THEN NOT told.holds
                   ELSE nth - 1 > mine.place AND told.holds AND NOT band ?| TIMES END
    """.replace("TOGETHER", _TOGETHER)
    .replace("REST_NUM", REST_NUM.replace("SHOWN", "e.shown"))
    .replace("REST_DEN", REST_DEN.replace("SHOWN", "e.shown"))
    .replace("PART", _PART)
    .replace("TIMES", "'{from_month,to_month,from_nth_day,to_nth_day,from_day,to_day}'"),
    "an ending pays at most what its band does": """
        SELECT e.district_id, 'voucher_ending', e.id, format('%s of at most %s fen', e.paid_fen, most.fen)
        FROM voucher_endings e JOIN vouchers v ON v.id = e.voucher_id
        JOIN policy_versions p ON p.id = v.policy_version_id
        CROSS JOIN LATERAL jsonb_array_elements(e.shown -> 'rules') AS rules (one)
        CROSS JOIN LATERAL (SELECT PART) AS its
        CROSS JOIN LATERAL (
            SELECT div((p.body #>> (regexp_split_to_array(translate(one ->> 'path', ']', ''), '[.[]')
                                    || ARRAY['most_yuan']))::numeric * numerator, denominator) AS fen) AS most
        WHERE one ->> 'code' IN ('leftover', 'lapse_cash') AND e.paid_fen > most.fen
    """.replace("PART", _PART),
    "an ending counts what all vouchers of its household spent, where its policy does": """
        SELECT e.district_id, 'voucher_ending', e.id,
               format('%s of %s fen, counted %s of %s', spent.fen, whole.fen, told.spent_fen, told.face_fen)
        FROM voucher_endings e JOIN vouchers v ON v.id = e.voucher_id
        CROSS JOIN LATERAL TOGETHER AS told
        CROSS JOIN LATERAL (
            SELECT sum(u.face_fen) AS fen FROM vouchers u
            WHERE u.household_id = v.household_id AND u.state = 'issued' AND u.issued_at <= e.asked_at) whole
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(a.spent_fen - coalesce(back.fen, 0)), 0) AS fen
            FROM vouchers u JOIN allocations a ON a.voucher_id = u.id
            JOIN redemptions r ON r.id = a.redemption_id
            LEFT JOIN LATERAL (SELECT sum(c.back_fen) AS fen FROM change_parts c
                               WHERE c.allocation_id = a.id AND c.at <= e.asked_at) back ON true
            WHERE u.household_id = v.household_id AND r.locked_at <= e.asked_at AND r.locked_at < v.expires_at
              AND (r.state IN ('locked', 'contracted', 'checked', 'redeemed')
                   OR r.state = 'reversed' AND EXISTS (SELECT FROM ledger_transfers t
                      WHERE t.pending_id = a.transfer_id AND t.kind = 'post'))) AS spent
        WHERE e.state NOT IN ('refused', 'withdrawn')
          AND (told.face_fen, told.spent_fen) IS DISTINCT FROM (whole.fen, spent.fen)
          AND NOT EXISTS (SELECT FROM vouchers m WHERE m.household_id = v.household_id
                                                   AND (m.state = 'moved' OR m.move_id IS NOT NULL))
    """.replace("TOGETHER", _TOGETHER),
}
"""Each rule with the query that finds what breaks it, as in ``proofs``."""
