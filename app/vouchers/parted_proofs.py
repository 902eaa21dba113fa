"""What counts as spent with a part of a voucher when it ends, worked out to the fen (decision 0038)."""

from typing import Final

from app.vouchers.band_proofs import REST_DEN, REST_NUM
from app.vouchers.family_proofs import IN_PARTS

_FOLLOWED: Final = """
    (WITH RECURSIVE stood_for AS (
         SELECT o.id, o.account_id
         UNION SELECT b.id, b.account_id FROM vouchers b JOIN stood_for ON b.successor_id = stood_for.id)
     SELECT coalesce(sum(k.amount_fen), 0) AS fen
     FROM stood_for JOIN ledger_transfers k ON k.debit_account_id = stood_for.account_id
     WHERE k.code = 'voucher.follow' AND k.at <= e.asked_at
       AND k.credit_account_id NOT IN (SELECT account_id FROM stood_for))
"""
"""What came back to a voucher o that moved, or to one that it succeeds, and followed beyond it."""

_GOT: Final = _FOLLOWED.replace(
    "k.credit_account_id NOT IN (SELECT account_id FROM stood_for)", "k.credit_account_id = n.account_id"
)
"""What of that went to a voucher n that came of the move."""

WEIGHTS: Final = """
    WITH RECURSIVE ways AS (
        SELECT v.id, 1::numeric AS part, 1::numeric AS whole
        UNION ALL
        SELECT o.id,
               ways.part * CASE WHEN made.number = 1 THEN 1
                                WHEN n.id <> o.successor_id THEN n.face_fen + got.fen
                                ELSE t.left_fen - made.others_fen
                                     + CASE m.kind WHEN 'inherit' THEN got.fen ELSE followed.fen END END,
               ways.whole * CASE WHEN made.number = 1 THEN 1 ELSE t.left_fen + followed.fen END
        FROM ways JOIN vouchers n ON n.id = ways.id
        JOIN voucher_move_parts t ON t.move_id = n.move_id AND t.dropped_at IS NULL
        JOIN vouchers o ON o.id = t.voucher_id JOIN voucher_moves m ON m.id = n.move_id
        CROSS JOIN LATERAL (
            SELECT count(*) AS number,
                   coalesce(sum(b.face_fen) FILTER (WHERE b.id <> o.successor_id), 0) AS others_fen
            FROM vouchers b WHERE b.move_id = n.move_id) AS made
        CROSS JOIN LATERAL FOLLOWED AS followed CROSS JOIN LATERAL GOT AS got)
    SELECT id, part, whole FROM ways
""".replace("FOLLOWED", _FOLLOWED).replace("GOT", _GOT)
"""Which part of what each voucher spent counts with a voucher v when an ending e was asked for, by every way:
as the splits would have parted it, had they found what came back since."""

_SPENT: Final = """
    (SELECT coalesce(sum(floor(exact + 1e-60)), 0) AS fen,
            coalesce(sum(exact - floor(exact + 1e-60)), 0) AS rest FROM (
         SELECT h.kind, sum(round(ways.part * (a.spent_fen - coalesce(back.fen, 0)), 80)
                            / ways.whole) AS exact
         FROM (WEIGHTS) AS ways
         JOIN allocations a ON a.voucher_id = ways.id
         JOIN redemptions r ON r.id = a.redemption_id JOIN homes h ON h.id = r.home_id
         LEFT JOIN LATERAL (SELECT sum(c.back_fen) AS fen FROM change_parts c
                            WHERE c.allocation_id = a.id AND c.at <= e.asked_at) AS back ON true
         WHERE r.state IN ('locked', 'contracted', 'checked', 'redeemed')
            OR r.state = 'reversed' AND EXISTS (SELECT FROM ledger_transfers t
                                                WHERE t.pending_id = a.transfer_id AND t.kind = 'post')
         GROUP BY h.kind) AS kinds)
""".replace("WEIGHTS", WEIGHTS)
"""What counts as spent with it, of each kind of stock rounded down, and what that leaves off; so many places
tell a sum that is a whole fen from any other."""

PARTED_PASTS: Final = {
    "an ending of a part counts as spent what the splits made of what was spent": """
        SELECT e.district_id, 'voucher_ending', e.id,
               format('%s fen spent and %s, by the moves %s and %s', e.spent_fen, e.shown ->> 'rest',
                      counted.fen, round(counted.rest, 9))
        FROM voucher_endings e JOIN vouchers v ON v.id = e.voucher_id
        JOIN policy_versions p ON p.id = v.policy_version_id
        CROSS JOIN LATERAL SPENT AS counted
        WHERE e.kind <> 'back' AND e.state NOT IN ('refused', 'withdrawn')
          AND e.shown ->> 'spent' IN ('parted', 'exact') AND IN_PARTS
          AND (e.spent_fen <> counted.fen
               OR e.shown ->> 'spent' = 'exact'
                  AND abs(round(REST_NUM, 80) / REST_DEN - counted.rest) > 1e-50)
    """.replace("SPENT", _SPENT)
    .replace("REST_NUM", REST_NUM.replace("SHOWN", "e.shown"))
    .replace("REST_DEN", REST_DEN.replace("SHOWN", "e.shown"))
    .replace("IN_PARTS", IN_PARTS),
}
"""Each rule with the query that finds what breaks it, as in ``proofs``. Endings from before what came back
counted so say nothing of it, and those that say ``parted`` kept no rest."""
