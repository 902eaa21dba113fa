"""What must hold of whom a bonus in cash is paid to, as queries for what does not."""

from typing import Final

PAYEES: Final = {
    "a bonus in cash goes to its holder, a sole heir, or by papers to one of several": """
        SELECT b.district_id, 'cash_bonus', b.id,
               format('%s, died on %s, inherited by %s', b.state, b.died_on, cardinality(heirs.names))
        FROM cash_bonuses b JOIN allocations a ON a.id = b.allocation_id
        JOIN households h ON h.id = b.household_id
        CROSS JOIN LATERAL (
            WITH RECURSIVE line AS (
                SELECT v.id, v.successor_id, v.household_id FROM vouchers v WHERE v.id = a.voucher_id
                UNION SELECT v.id, v.successor_id, v.household_id
                FROM line JOIN vouchers v ON v.id = line.successor_id
                JOIN voucher_moves m ON m.id = v.move_id
                WHERE m.kind = 'inherit' OR v.household_id = line.household_id)
            SELECT array_agg(e.name) AS names, bool_or(m.ended_at < b.approved_at) AS are_before
            FROM line JOIN voucher_move_parts p ON p.voucher_id = line.id
            JOIN voucher_moves m ON m.id = p.move_id AND m.state = 'approved' AND m.ended_at <= b.approved_at
            JOIN voucher_heirs e ON e.move_id = m.id) AS heirs
        WHERE b.state IN ('approved', 'paid')
          AND CASE WHEN b.died_on IS NULL
                   THEN NOT (coalesce(heirs.names = ARRAY[b.payee_name], false)
                             OR b.payee_name = h.holder_name AND NOT coalesce(heirs.are_before, false))
                   ELSE b.payee_name = h.holder_name
                        OR b.died_on > (b.approved_at AT TIME ZONE 'Asia/Shanghai')::date END
    """,
}
"""Taken in by ``cash_proofs``."""
