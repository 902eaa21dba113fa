"""What must hold of whom an ending is paid to, as queries for what does not (decision 0042)."""

from typing import Final

ENDING_PAYEES: Final = {
    "an ending is paid to its holder, a sole heir, or by papers to one of several": """
        SELECT e.district_id, 'voucher_ending', e.id,
               format('%s, died on %s, inherited by %s', e.state, e.died_on, cardinality(heirs.names))
        FROM voucher_endings e JOIN vouchers o ON o.id = e.voucher_id
        JOIN households h ON h.id = o.household_id
        CROSS JOIN LATERAL (
            SELECT max(r.decided_at) AS at FROM approval_requests r
            WHERE r.kind = 'voucher.end' AND r.subject_id = e.id AND r.state = 'approved') AS approved
        CROSS JOIN LATERAL (
            SELECT array_agg((one #>> '{figures,heir}')::int) AS places
            FROM jsonb_array_elements(e.shown -> 'rules') AS rules (one)
            WHERE one ->> 'code' = 'heir_share' AND one #>> '{figures,waits}' = 'yes'
                  AND one #>> '{figures,back_fen}' <> '0') AS waits
        CROSS JOIN LATERAL (
            WITH RECURSIVE line AS (
                SELECT o.id, o.successor_id, o.household_id
                UNION SELECT v.id, v.successor_id, v.household_id
                FROM line JOIN vouchers v ON v.id = line.successor_id
                JOIN voucher_moves m ON m.id = v.move_id
                WHERE m.kind = 'inherit' OR v.household_id = line.household_id)
            SELECT array_agg(k.name) AS names
            FROM line JOIN voucher_move_parts p ON p.voucher_id = line.id
            JOIN voucher_moves m ON m.id = p.move_id AND m.state = 'approved' AND m.ended_at <= approved.at
            JOIN voucher_heirs k ON k.move_id = m.id
            WHERE waits.places IS NULL OR k.place = ANY (waits.places)) AS heirs
        WHERE e.state IN ('approved', 'paid')
              AND CASE WHEN e.died_on IS NOT NULL
                       THEN e.payee_name = h.holder_name
                            OR e.died_on > (approved.at AT TIME ZONE 'Asia/Shanghai')::date
                       ELSE coalesce(heirs.names, ARRAY[h.holder_name]) <> ARRAY[e.payee_name] END
    """,
}
"""Taken in with those of redemptions."""
