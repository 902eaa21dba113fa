"""What must hold between what vouchers bought and their policies, as queries for what does not."""

from typing import Final

from app.redemptions.bonus_proofs import STOOD

USE: Final = {
    "nothing is bought before what its policy wants to be bought first": """
        SELECT a.district_id, 'allocation', a.id, format('%s of %s fen on %s', spent.fen, whole.fen, first)
        FROM policy_versions p
        CROSS JOIN LATERAL jsonb_array_elements(coalesce(p.body -> 'limits', '[]')) AS limits (one)
        JOIN vouchers v ON v.policy_version_id = p.id
        JOIN allocations a ON a.voucher_id = v.id
        JOIN redemptions r ON r.id = a.redemption_id JOIN homes h ON h.id = r.home_id
        CROSS JOIN LATERAL (
            SELECT one -> 'after' -> 'kinds' AS first,
                   coalesce(one ->> 'of', 'voucher') = 'household' AS together,
                   coalesce((one -> 'after' ->> 'spent_above')::bigint * 2 + 1,
                            (one -> 'after' ->> 'spent_from')::bigint * 2) AS twice) AS said
        CROSS JOIN LATERAL (
            SELECT sum(u.face_fen) AS fen FROM vouchers u
            WHERE CASE WHEN together THEN u.household_id = v.household_id AND u.issued_at <= r.locked_at
                       ELSE u.id = v.id END) AS whole
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(b.spent_fen - CASE WHEN b.back_fen > 0 THEN (
                           SELECT coalesce(sum(part.back_fen), 0)
                           FROM change_parts part JOIN purchase_changes c ON c.id = part.change_id
                           WHERE part.allocation_id = b.id AND c.state = 'done' AND c.ended_at < r.locked_at)
                       ELSE 0 END), 0) AS fen
            FROM allocations b JOIN vouchers u ON u.id = b.voucher_id
            JOIN redemptions o ON o.id = b.redemption_id JOIN homes k ON k.id = o.home_id
            WHERE CASE WHEN together THEN u.household_id = v.household_id ELSE u.id = v.id END
              AND first ? k.kind AND b.id < a.id AND STOOD) AS spent
        WHERE one ? 'after' AND one -> 'kinds' ? h.kind
          AND r.state NOT IN ('cancelled', 'refused', 'expired', 'reversed')
          AND (spent.fen = 0 OR spent.fen * 10000 < twice / 2 * whole.fen + twice % 2)
          AND NOT EXISTS (SELECT FROM vouchers m WHERE m.household_id = v.household_id
                                                   AND (m.state = 'moved' OR m.move_id IS NOT NULL))
    """.replace("STOOD", STOOD),
}
"""As ``proofs.PROOFS``, which takes them in."""
