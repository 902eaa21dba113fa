"""What must hold between what vouchers bought and their policies, as queries for what does not."""

from typing import Final

from app.redemptions.bonus_proofs import M2, RESIDENTS, STOOD

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
            WHERE u.household_id = v.household_id
              AND (u.id = v.id OR together AND u.issued_at <= r.locked_at)) AS whole
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(b.spent_fen - CASE WHEN b.back_fen > 0 THEN (
                           SELECT coalesce(sum(part.back_fen), 0)
                           FROM change_parts part JOIN purchase_changes c ON c.id = part.change_id
                           WHERE part.allocation_id = b.id AND c.state = 'done' AND c.ended_at < r.locked_at)
                       ELSE 0 END), 0) AS fen
            FROM allocations b JOIN vouchers u ON u.id = b.voucher_id
            JOIN redemptions o ON o.id = b.redemption_id JOIN homes k ON k.id = o.home_id
            WHERE u.household_id = v.household_id AND (u.id = v.id OR together)
              AND first ? k.kind AND b.id < a.id AND STOOD) AS spent
        WHERE one ? 'after' AND one -> 'kinds' ? h.kind
          AND r.state NOT IN ('cancelled', 'refused', 'expired', 'reversed')
          AND (spent.fen = 0 OR spent.fen * 10000 < twice / 2 * whole.fen + twice % 2)
          AND NOT EXISTS (SELECT FROM vouchers m WHERE m.household_id = v.household_id
                                                   AND (m.state = 'moved' OR m.move_id IS NOT NULL))
    """.replace("STOOD", STOOD),
    "no more homes are bought than a policy lets a voucher, or a household, buy": """
        SELECT a.district_id, 'allocation', a.id, format('%s of %s homes', bought.homes, most)
        FROM policy_versions p
        CROSS JOIN LATERAL (
            SELECT coalesce(p.body -> 'homes' ->> 'of', 'voucher') = 'household' AS together,
                   CASE jsonb_typeof(p.body -> 'homes') WHEN 'number' THEN (p.body ->> 'homes')::int
                        WHEN 'object' THEN (p.body -> 'homes' ->> 'most')::int END AS most) AS said
        JOIN vouchers v ON v.policy_version_id = p.id
        JOIN allocations a ON a.voucher_id = v.id
        JOIN redemptions r ON r.id = a.redemption_id JOIN homes h ON h.id = r.home_id
        CROSS JOIN LATERAL (
            SELECT count(DISTINCT o.id) AS homes
            FROM allocations b JOIN vouchers u ON u.id = b.voucher_id
            JOIN redemptions o ON o.id = b.redemption_id JOIN homes k ON k.id = o.home_id
            WHERE u.household_id = v.household_id AND (u.id = v.id OR together)
              AND o.id <= r.id AND k.kind NOT IN ('parking', 'storage')
              AND o.state NOT IN ('cancelled', 'refused', 'expired', 'reversed')) AS bought
        WHERE most IS NOT NULL AND h.kind NOT IN ('parking', 'storage')
          AND r.state NOT IN ('cancelled', 'refused', 'expired', 'reversed') AND bought.homes > most
          AND NOT EXISTS (SELECT FROM vouchers m WHERE m.household_id = v.household_id
                                                   AND (m.state = 'moved' OR m.move_id IS NOT NULL))
    """,
    "no more of a kind of stock is bought than a policy lets a voucher, or a household, buy": """
        SELECT a.district_id, 'allocation', a.id, format('%s of %s', bought.number, one ->> 'number')
        FROM policy_versions p
        CROSS JOIN LATERAL jsonb_array_elements(coalesce(p.body -> 'limits', '[]')) AS limits (one)
        JOIN vouchers v ON v.policy_version_id = p.id
        JOIN allocations a ON a.voucher_id = v.id
        JOIN redemptions r ON r.id = a.redemption_id JOIN homes h ON h.id = r.home_id
        CROSS JOIN LATERAL (
            SELECT count(DISTINCT o.id) AS number
            FROM allocations b JOIN vouchers u ON u.id = b.voucher_id
            JOIN redemptions o ON o.id = b.redemption_id JOIN homes k ON k.id = o.home_id
            WHERE u.household_id = v.household_id AND (u.id = v.id OR one ->> 'of' = 'household')
              AND o.id <= r.id AND one -> 'kinds' ? k.kind
              AND o.state NOT IN ('cancelled', 'refused', 'expired', 'reversed')) AS bought
        WHERE one -> 'kinds' ? h.kind AND bought.number > (one ->> 'number')::int
          AND r.state NOT IN ('cancelled', 'refused', 'expired', 'reversed')
          AND NOT EXISTS (SELECT FROM vouchers m WHERE m.household_id = v.household_id
                                                   AND (m.state = 'moved' OR m.move_id IS NOT NULL))
    """,
    "one of those stands on a contract of whom its policies want one": """
        SELECT e.district_id, 'contract_entry', e.id, 'none of them'
        FROM contract_entries e JOIN redemptions r ON r.id = e.redemption_id
        WHERE e.state = 'current' AND EXISTS (
            SELECT FROM allocations a JOIN vouchers v ON v.id = a.voucher_id
            JOIN policy_versions p ON p.id = v.policy_version_id
            WHERE a.redemption_id = r.id AND p.body ? 'one_buyer_of' AND NOT EXISTS (
                SELECT FROM contract_buyers b
                WHERE b.entry_id = e.id AND p.body -> 'one_buyer_of' ? b.relation))
    """,
    "vouchers spend no more on one home or space than their policies let them": """
        SELECT a.district_id, 'allocation', a.id, format('%s of %s fen', spent.fen, one ->> 'yuan')
        FROM allocations a JOIN redemptions r ON r.id = a.redemption_id JOIN homes h ON h.id = r.home_id
        JOIN vouchers v ON v.id = a.voucher_id JOIN policy_versions p ON p.id = v.policy_version_id
        CROSS JOIN LATERAL jsonb_array_elements(coalesce(p.body -> 'limits', '[]')) AS limits (one)
        CROSS JOIN LATERAL (
            SELECT sum(b.spent_fen - b.back_fen) AS fen FROM allocations b
            WHERE b.redemption_id = a.redemption_id AND b.id <= a.id) AS spent
        WHERE one ->> 'of' = 'home' AND (NOT one ? 'kinds' OR one -> 'kinds' ? h.kind)
          AND a.spent_fen > a.back_fen AND spent.fen > (one ->> 'yuan')::bigint
          AND r.state NOT IN ('cancelled', 'refused', 'expired', 'reversed')
    """,
    "vouchers buy only homes of the size, and at the price a ㎡, that their policies name": """
        SELECT a.district_id, 'allocation', a.id,
               format('%s ㎡ at %s fen, %s ㎡ before, at most %s', m2, r.price_fen, total, most.upto_m2)
        FROM policy_versions p
        CROSS JOIN LATERAL jsonb_array_elements(coalesce(p.body -> 'limits', '[]')) AS limits (one)
        JOIN vouchers v ON v.policy_version_id = p.id
        JOIN agreements g ON g.id = v.agreement_id JOIN households w ON w.id = g.household_id
        JOIN allocations a ON a.voucher_id = v.id
        JOIN redemptions r ON r.id = a.redemption_id JOIN homes h ON h.id = r.home_id
        JOIN quotes q ON q.id = r.quote_id
        CROSS JOIN LATERAL (
            SELECT CASE WHEN one -> 'total_area' ? 'm2_a_head'
                   THEN (one -> 'total_area' ->> 'm2_a_head')::numeric * RESIDENTS
                   WHEN agreed.area IN ('old', 'entitled')
                   THEN trunc(CASE agreed.area WHEN 'old' THEN w.old_area_m2 ELSE ENTITLED_M2 END
                              * coalesce((one -> 'total_area' ->> 'share')::numeric, 10000) / 10000, 2)
                        + coalesce((one -> 'total_area' ->> 'plus_m2')::numeric, 0)
                   ELSE (one ->> 'total_area')::numeric END AS upto_m2,
                   coalesce(jsonb_typeof(one -> 'total_area') = 'object'
                            OR one ->> 'total_area' IN ('old', 'entitled'), false) AS is_agreed
            FROM (SELECT coalesce(one -> 'total_area' ->> 'of', one ->> 'total_area'))
                 AS agreed (area)) AS most
        CROSS JOIN LATERAL (SELECT (q.snapshot -> 'home' ->> 'area_m2')::numeric AS m2) AS seen
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(least(k.area_m2, (b.snapshot -> 'home' ->> 'area_m2')::numeric)), 0) AS total
            FROM redemptions o JOIN homes k ON k.id = o.home_id JOIN quotes b ON b.id = o.quote_id
            WHERE one ? 'total_area' AND o.id < r.id AND k.kind NOT IN ('parking', 'storage')
              AND (NOT one ? 'kinds' OR one -> 'kinds' ? k.kind)
              AND o.state NOT IN ('cancelled', 'refused', 'expired', 'reversed')
              AND EXISTS (SELECT FROM allocations c JOIN vouchers u ON u.id = c.voucher_id
                          JOIN agreements y ON y.id = u.agreement_id
                          WHERE c.redemption_id = o.id
                            AND CASE WHEN most.is_agreed THEN y.household_id = g.household_id
                                     ELSE u.household_id = v.household_id END)) AS bought
        WHERE one ?| ARRAY['area', 'total_area', 'yuan_per_m2'] AND a.spent_fen > 0
          AND CASE WHEN one ? 'kinds' THEN one -> 'kinds' ? h.kind
                   ELSE h.kind NOT IN ('parking', 'storage') END
          AND r.state NOT IN ('cancelled', 'refused', 'expired', 'reversed')
          AND (m2 < (one -> 'area' ->> 'from')::numeric OR m2 > (one -> 'area' ->> 'up_to')::numeric
               OR r.price_fen > (one ->> 'yuan_per_m2')::numeric * m2
               OR (total + m2 > most.upto_m2 AND (most.is_agreed OR NOT EXISTS (
                       SELECT FROM vouchers m
                       WHERE m.household_id = v.household_id
                         AND (m.state = 'moved' OR m.move_id IS NOT NULL)))))
    """.replace("ENTITLED_M2", M2).replace("RESIDENTS", RESIDENTS),
}
"""As ``proofs.PROOFS``, which takes them in."""
