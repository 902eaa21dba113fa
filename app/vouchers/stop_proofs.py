"""What must hold between stops of vouchers, approvals and the ledger, as queries for what does not."""

from typing import Final

from app.vouchers.claim_proofs import VOIDED

STOPS: Final = {
    "a voucher says whether it is stopped": """
        SELECT v.district_id, 'voucher', v.id, format('stopped: %s', v.is_stopped)
        FROM vouchers v
        WHERE v.is_stopped <> EXISTS (SELECT FROM voucher_stops s WHERE s.voucher_id = v.id
                                      AND s.ended_at IS NULL AND s.sum_fen IS NULL)
           OR v.state <> 'issued' AND EXISTS (SELECT FROM voucher_stops s WHERE s.voucher_id = v.id
                                              AND s.ended_at IS NULL)
    """,
    "nothing of a voucher was promised or moved while a stop held it": """
        SELECT s.district_id, 'voucher_stop', s.id, format('transfer %s, %s', t.id, t.code)
        FROM voucher_stops s JOIN vouchers v ON v.id = s.voucher_id
        JOIN ledger_transfers t ON t.debit_account_id = v.account_id
        WHERE s.sum_fen IS NULL AND t.kind IN ('pending', 'single') AND t.code <> 'stop.court'
              AND t.at > s.began_at AND t.at < coalesce(s.ended_at, 'infinity')
              AND NOT (s.kind = 'death' AND EXISTS (
                  SELECT FROM voucher_endings e WHERE e.voucher_id = v.id AND VOIDED))
              AND NOT (s.kind = 'death' AND EXISTS (
                  SELECT FROM voucher_endings e
                  LEFT JOIN approval_requests r ON r.kind = 'voucher.end' AND r.subject_id = e.id
                       AND r.state = 'approved' AND r.payload ? 'died_on'
                  WHERE (r.id IS NOT NULL OR e.claimed_on IS NOT NULL)
                    AND t.id IN (e.paid_transfer_id, e.returned_transfer_id, e.forfeited_transfer_id)))
    """.replace("VOIDED", VOIDED),
    "no bonus in cash was approved while a stop held its voucher": """
        SELECT s.district_id, 'cash_bonus', b.id, format('approved %s, stop %s', b.approved_at, s.ref)
        FROM cash_bonuses b JOIN allocations a ON a.id = b.allocation_id
        CROSS JOIN LATERAL (
            WITH RECURSIVE line AS (
                SELECT v.id FROM vouchers v WHERE v.id = a.voucher_id
                UNION SELECT v.id FROM vouchers v
                JOIN voucher_move_parts t ON t.move_id = v.move_id AND t.dropped_at IS NULL
                JOIN line ON line.id = t.voucher_id
                WHERE v.household_id = b.household_id)
            SELECT id FROM line) AS own
        JOIN voucher_stops s ON s.voucher_id = own.id AND s.sum_fen IS NULL
        WHERE b.approved_at > s.began_at AND b.approved_at < coalesce(s.ended_at, 'infinity')
              AND NOT (s.kind = 'death' AND b.died_on IS NOT NULL)
    """,
    "a sum that a court froze is held exactly as long as the freeze stands": """
        SELECT s.district_id, 'voucher_stop', s.id,
               format('%s fen, transfer %s %s', s.sum_fen, s.transfer_id, coalesce(e.kind, 'is open'))
        FROM voucher_stops s JOIN vouchers v ON v.id = s.voucher_id
        LEFT JOIN ledger_transfers t ON t.id = s.transfer_id
        LEFT JOIN ledger_transfers e ON e.pending_id = t.id
        WHERE s.sum_fen IS NOT NULL AND
              (t.kind, t.code, t.district_id, t.debit_account_id, t.amount_fen, e.kind) IS DISTINCT FROM
              ('pending', 'stop.court', s.district_id, v.account_id, s.sum_fen,
               CASE WHEN s.ended_at IS NOT NULL THEN 'void' END)
    """,
    "every frozen sum in the ledger has its stop": """
        SELECT t.district_id, 'transfer', t.id, t.code
        FROM ledger_transfers t LEFT JOIN voucher_stops s ON s.transfer_id = t.id
        WHERE t.code = 'stop.court' AND t.kind IN ('pending', 'single') AND s.id IS NULL
    """,
    "a stop was confirmed and lifted by a second person": """
        SELECT s.district_id, 'voucher_stop', s.id, format('%s, %s', wish.said, coalesce(r.state, 'unasked'))
        FROM voucher_stops s
        CROSS JOIN LATERAL (VALUES
            ('confirm', s.confirmed_at IS NOT NULL, 'approved'),
            ('confirm', s.ended_how = 'rejected', 'rejected'),
            ('lift', s.ended_how = 'lifted', 'approved')) AS wish (said, applies, state)
        LEFT JOIN LATERAL (
            SELECT * FROM approval_requests a
            WHERE a.kind = 'voucher.stop' AND a.subject_id = s.id AND a.payload ->> 'wish' = wish.said
            ORDER BY a.id DESC LIMIT 1) r ON true
        WHERE wish.applies AND
              (r.district_id, r.state, r.decided_by_id <> r.requested_by_id,
               (r.payload ->> 'voucher_id')::bigint)
              IS DISTINCT FROM (s.district_id, wish.state, true, s.voucher_id)
    """,
    "a checker is asked about a stop as long as it waits, and no longer": """
        SELECT s.district_id, 'voucher_stop', s.id, format('%s, approval %s', s.wish, r.id)
        FROM voucher_stops s
        LEFT JOIN approval_requests r
             ON r.kind = 'voucher.stop' AND r.subject_id = s.id AND r.state = 'pending'
        WHERE (s.wish IS NOT NULL) <> (r.id IS NOT NULL)
    """,
    "a court's freeze lasts as long as its papers say": """
        SELECT s.district_id, 'voucher_stop', s.id, format('%s by %s', s.until_on, r.payload)
        FROM voucher_stops s
        LEFT JOIN LATERAL (
            SELECT a.payload FROM approval_requests a
            WHERE a.kind = 'voucher.stop' AND a.subject_id = s.id AND a.payload ? 'until_on'
                  AND (a.state = 'approved' OR a.payload ->> 'wish' = 'confirm')
            ORDER BY a.id DESC LIMIT 1) r ON true
        WHERE s.kind = 'court' AND (s.until_on, s.document) IS DISTINCT FROM
              ((r.payload ->> 'until_on')::date, r.payload ->> 'document')
           OR s.ended_how = 'over' AND (s.ended_at AT TIME ZONE 'Asia/Shanghai')::date <= s.until_on
           OR s.ended_how = 'fell' AND (s.confirmed_at IS NOT NULL OR s.ended_at < s.confirm_by)
    """,
}
"""Each rule with the query that finds what breaks it: district, kind of object, its id, detail. Run together
with those of redemptions."""
