"""What all that came of one voucher has together, as parts of the queries that prove it, and proofs of it.

Where the policy parts the past with the sums (decision 0035), each part has of a sum in yuan that the policy
says for one voucher as much as it is of that voucher: all of them together have it once.
"""

from typing import Final

PARTS_PAST: Final = """
    (p.body #>> '{splits,past}' IS NOT DISTINCT FROM 'parted'
     OR coalesce(p.body #>> '{splits,times}', p.body ->> 'splits', '0') = '0')
"""
"""Whether a policy version p parts the past: it says so, or no voucher is split, and heirs alone part one."""

IN_PARTS: Final = """
    (v.move_id IS NOT NULL AND (p.body #>> '{splits,past}' IS NOT DISTINCT FROM 'parted'
                                OR v.inheritances_done > 0 AND PARTS_PAST))
""".replace("PARTS_PAST", PARTS_PAST)
"""Whether a voucher v may count as a part of those that it came of; where none is split only heirs' do."""

FAMILY: Final = """
    came AS (
        SELECT v.id AS root, v.id FROM vouchers v JOIN policy_versions p ON p.id = v.policy_version_id
        WHERE v.move_id IS NULL AND v.state = 'moved' AND PARTS_PAST
        UNION
        SELECT came.root, n.id FROM came
        JOIN voucher_move_parts t ON t.voucher_id = came.id AND t.dropped_at IS NULL
        JOIN vouchers n ON n.move_id = t.move_id)
""".replace("PARTS_PAST", PARTS_PAST)
"""What came of a voucher whose policy parts the past with the sums, itself included."""

ANSWERED: Final = """
    (WITH RECURSIVE back AS (
        SELECT v.id
        UNION
        SELECT t.voucher_id FROM back JOIN vouchers n ON n.id = back.id
        JOIN voucher_move_parts t ON t.move_id = n.move_id AND t.dropped_at IS NULL),
     onward AS (
        SELECT a.voucher_id AS id, (EARNED)::numeric AS fen
        FROM back JOIN allocations a ON a.voucher_id = back.id JOIN redemptions r ON r.id = a.redemption_id
        UNION ALL
        SELECT n.id, CASE WHEN n.id = o.successor_id
               THEN onward.fen - (SELECT coalesce(sum(div(onward.fen * b.face_fen, t.left_fen)), 0)
                                  FROM vouchers b WHERE b.move_id = t.move_id AND b.id <> n.id)
               ELSE div(onward.fen * n.face_fen, t.left_fen) END
        FROM onward JOIN vouchers o ON o.id = onward.id
        JOIN voucher_move_parts t ON t.voucher_id = o.id AND t.dropped_at IS NULL
        JOIN vouchers n ON n.move_id = t.move_id JOIN back ON back.id = n.id)
     SELECT coalesce(sum(fen), 0) FROM onward WHERE onward.id = v.id)
"""
"""Of which bonus an ending of a voucher v takes back, where the past was parted: what each purchase of those
that it came of EARNED, for an allocation a of a redemption r, goes down every way to it. Each part has its
share rounded down, and what stays the rest."""

BONUS_IS_PARTED: Final = "e.shown ->> 'bonus' IS NOT DISTINCT FROM 'parted'"
"""Whether an ending e took of a share: those from before shares were parted took of what stays alone."""

MIXED: Final = """
    EXISTS (SELECT FROM came JOIN vouchers n ON n.id = came.id
            JOIN voucher_move_parts t ON t.move_id = n.move_id AND t.dropped_at IS NULL
            WHERE came.root = v.id AND t.voucher_id NOT IN (SELECT o.id FROM came o WHERE o.root = v.id))
"""
"""Whether something that came of it was merged with something else."""

FAMILIES: Final = {
    "all that came of one voucher is paid out no more than its bands pay out for one": """
        SELECT * FROM (WITH RECURSIVE FAMILY
        SELECT v.district_id, 'voucher', v.id, format('%s fen paid, %s left, at most %s and %s',
               sum(e.paid_fen), sum(e.leftover_fen), max(most.fen), max(small.fen))
        FROM came JOIN vouchers v ON v.id = came.root JOIN policy_versions p ON p.id = v.policy_version_id
        JOIN voucher_endings e ON e.voucher_id = came.id
        CROSS JOIN LATERAL jsonb_array_elements(e.shown -> 'rules') AS rules (one)
        CROSS JOIN LATERAL (
            SELECT regexp_split_to_array(translate(one ->> 'path', ']', ''), '[.[]') AS path) AS band
        CROSS JOIN LATERAL (SELECT (p.body #>> (path || ARRAY['most_yuan']))::bigint AS fen) AS most
        CROSS JOIN LATERAL (SELECT (p.body #>> (path || ARRAY['left_up_to']))::bigint AS fen) AS small
        WHERE one ->> 'code' IN ('leftover', 'lapse_cash') AND e.kind <> 'back'
          AND e.state NOT IN ('refused', 'withdrawn')
        GROUP BY v.id
        HAVING (bool_and(most.fen IS NOT NULL) AND sum(e.paid_fen) > max(most.fen)
                OR bool_and(small.fen IS NOT NULL) AND sum(e.leftover_fen) > max(small.fen))
           AND NOT MIXED) AS families
    """.replace("FAMILY", FAMILY).replace("MIXED", MIXED),
    "all that came of one voucher spends no more on a kind of stock than its policy has for one": """
        SELECT * FROM (WITH RECURSIVE FAMILY
        SELECT v.district_id, 'voucher', v.id,
               format('%s of %s fen', sum(a.spent_fen - a.back_fen), one ->> 'yuan')
        FROM came JOIN vouchers v ON v.id = came.root JOIN policy_versions p ON p.id = v.policy_version_id
        CROSS JOIN LATERAL jsonb_array_elements(coalesce(p.body -> 'limits', '[]'))
             WITH ORDINALITY AS limits (one, place)
        JOIN allocations a ON a.voucher_id = came.id JOIN redemptions r ON r.id = a.redemption_id
        JOIN homes h ON h.id = r.home_id
        WHERE one ? 'yuan' AND coalesce(one ->> 'of', 'voucher') = 'voucher'
          AND (NOT one ? 'kinds' OR one -> 'kinds' ? h.kind)
          AND r.state NOT IN ('cancelled', 'refused', 'expired', 'reversed')
        GROUP BY v.id, one, place HAVING sum(a.spent_fen - a.back_fen) > (one ->> 'yuan')::bigint
           AND NOT MIXED) AS families
    """.replace("FAMILY", FAMILY).replace("MIXED", MIXED),
}
"""Each rule with the query that finds what breaks it, as in ``proofs``."""
