"""What must hold between changes of purchases and the ledger, as queries that find what does not."""

from typing import Final

CHANGES: Final = {
    "what went back of a share is what approved changes gave back of it": """
        SELECT a.district_id, 'allocation', a.id,
               format('%s, %s and %s fen, by its changes %s, %s and %s', a.back_fen, a.bonus_back_fen,
                      a.cash_back_fen, coalesce(s.back, 0), coalesce(s.bonus, 0), coalesce(s.cash, 0))
        FROM allocations a
        LEFT JOIN (SELECT p.allocation_id, sum(p.back_fen) AS back, sum(p.bonus_back_fen) AS bonus,
                          sum(p.cash_back_fen) AS cash
                   FROM change_parts p JOIN purchase_changes c ON c.id = p.change_id AND c.state = 'done'
                   GROUP BY p.allocation_id) s ON s.allocation_id = a.id
        WHERE (a.back_fen, a.bonus_back_fen, a.cash_back_fen)
              <> (coalesce(s.back, 0), coalesce(s.bonus, 0), coalesce(s.cash, 0))
           OR a.cash_back_fen NOT BETWEEN 0 AND a.cash_fen
           OR a.back_fen NOT BETWEEN 0 AND a.spent_fen OR a.bonus_back_fen NOT BETWEEN 0 AND a.bonus_fen
    """,
    "what a change gives back moves once, from what the developer or the household is owed": """
        SELECT p.district_id, 'change_part', p.id, format('%s of %s fen', said.code, said.fen)
        FROM change_parts p
        JOIN purchase_changes c ON c.id = p.change_id
        LEFT JOIN allocations a ON a.id = p.allocation_id AND a.redemption_id = c.redemption_id
        LEFT JOIN vouchers v ON v.id = a.voucher_id
        LEFT JOIN ledger_accounts b ON b.district_id = p.district_id AND b.kind = 'bonus'
        CROSS JOIN LATERAL (VALUES
            (p.transfer_id, p.back_fen, 'redemption.back', v.account_id, 'developer_payable'),
            (p.bonus_transfer_id, p.bonus_back_fen, 'redemption.bonus_back', b.id, 'developer_payable'),
            (p.cash_transfer_id, p.cash_back_fen, 'cash_bonus.less', b.id, 'household_payable')
        ) AS said (transfer_id, fen, code, account_id, owed)
        LEFT JOIN ledger_transfers t ON t.id = said.transfer_id
        LEFT JOIN ledger_accounts d ON d.id = t.debit_account_id
        WHERE CASE WHEN said.fen = 0 THEN t.id IS NOT NULL
              ELSE (t.kind, t.code, t.amount_fen, t.credit_account_id, d.kind, t.district_id)
                   IS DISTINCT FROM
                   ('single', said.code, said.fen, said.account_id, said.owed, p.district_id) END
    """,
    "money goes back only by an approved change": """
        SELECT t.district_id, 'transfer', t.id, format('%s of %s fen', t.code, t.amount_fen)
        FROM ledger_transfers t
        WHERE t.code IN ('redemption.back', 'redemption.bonus_back', 'cash_bonus.less') AND NOT EXISTS (
            SELECT FROM change_parts p JOIN purchase_changes c ON c.id = p.change_id
            WHERE t.id IN (p.transfer_id, p.bonus_transfer_id, p.cash_transfer_id) AND c.state = 'done')
    """,
    "two people stand behind a change, and it did what they saw": """
        SELECT c.district_id, 'purchase_change', c.id, coalesce(q.payload::text, 'nothing approved')
        FROM purchase_changes c
        LEFT JOIN approval_requests q
               ON q.kind = 'purchase.change' AND q.subject_id = c.id AND q.state = 'approved'
        WHERE c.state = 'done' AND
              (q.decided_by_id <> q.requested_by_id, q.requested_by_id, q.decided_by_id, q.payload,
               (q.payload ->> 'redemption_id')::bigint, (q.payload -> 'then' ->> 'price_fen')::bigint)
              IS DISTINCT FROM
              (true, c.prepared_by_id, c.ended_by_id, c.shown, c.redemption_id, c.price_fen)
    """,
    "what was agreed on counts as the household's own doing, unless two people found otherwise": """
        SELECT c.district_id, 'purchase_change', c.id,
               format('%s, its own: %s, shown %s, evidence: %s', c.kind, c.is_own, c.shown ->> 'is_own',
                      c.evidence)
        FROM purchase_changes c
        WHERE CASE WHEN c.kind NOT IN ('contract', 'cancel')
                        THEN c.is_own <> (c.kind = 'withdraw') OR c.evidence IS NOT NULL
                   WHEN c.shown IS NULL THEN NOT c.is_own
                   WHEN c.shown ? 'is_own'
                        THEN c.shown -> 'is_own' IS DISTINCT FROM to_jsonb(c.is_own)
                             OR coalesce(c.evidence, '') <> coalesce(c.shown ->> 'evidence', '')
                             OR c.is_own <> (coalesce(c.evidence, '') = '')
                   ELSE c.evidence IS NOT NULL END
    """,
    "what a change gave back is what two people saw": """
        SELECT c.district_id, 'purchase_change', c.id, format('%s, moved %s', seen.gap, moved.fen)
        FROM purchase_changes c
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(((one ->> 'spent_fen')::bigint) - coalesce((two ->> 'spent_fen')::bigint, 0)
                              + ((one ->> 'bonus_fen')::bigint) - coalesce((two ->> 'bonus_fen')::bigint, 0)
                              + CASE WHEN c.price_fen IS NULL THEN 0
                                ELSE coalesce((one ->> 'cash_fen')::bigint, 0)
                                     - coalesce((two ->> 'cash_fen')::bigint, 0) END),
                            0) AS gap
            FROM jsonb_array_elements(c.shown -> 'now' -> 'shares') AS now_ (one)
            LEFT JOIN LATERAL (SELECT two FROM jsonb_array_elements(
                                   CASE WHEN jsonb_typeof(c.shown -> 'then') = 'object'
                                        THEN c.shown -> 'then' -> 'shares' ELSE '[]' END) AS then_ (two)
                               WHERE two ->> 'voucher_id' = one ->> 'voucher_id') t ON true
        ) AS seen
        CROSS JOIN LATERAL (SELECT coalesce(sum(p.back_fen + p.bonus_back_fen + p.cash_back_fen), 0) AS fen
                            FROM change_parts p WHERE p.change_id = c.id) AS moved
        WHERE c.state = 'done' AND c.from_state = 'redeemed' AND seen.gap <> moved.fen
           OR (c.state <> 'done' OR c.from_state <> 'redeemed') AND moved.fen > 0
    """,
    "a purchase costs what its last adjustment says": """
        SELECT r.district_id, 'redemption', r.id,
               format('%s and own %s, by its changes %s and own %s', r.adjusted_fen, r.own_adjusted_fen,
                      coalesce(s.price, 0), coalesce(s.own, 0))
        FROM redemptions r
        LEFT JOIN (
            SELECT c.redemption_id,
                   sum((c.shown -> 'then' ->> 'price_fen')::bigint
                       - (c.shown -> 'now' ->> 'price_fen')::bigint) AS price,
                   sum((c.shown -> 'then' ->> 'top_up_fen')::bigint
                       - (c.shown -> 'now' ->> 'top_up_fen')::bigint) AS own
            FROM purchase_changes c WHERE c.state = 'done' AND c.price_fen IS NOT NULL
            GROUP BY c.redemption_id
        ) s ON s.redemption_id = r.id
        WHERE (r.adjusted_fen, r.own_adjusted_fen) <> (coalesce(s.price, 0), coalesce(s.own, 0))
    """,
    "a purchase is undone by a reversal, whole": """
        SELECT r.district_id, 'redemption', r.id, format('%s, %s reversals, %s fen left', r.state, n, fen)
        FROM redemptions r
        CROSS JOIN LATERAL (SELECT count(*) AS n FROM purchase_changes c
                            WHERE c.redemption_id = r.id AND c.state = 'done' AND c.price_fen IS NULL) done
        CROSS JOIN LATERAL (SELECT coalesce(sum(a.spent_fen - a.back_fen + a.bonus_fen - a.bonus_back_fen), 0)
                                   AS fen
                            FROM allocations a JOIN ledger_transfers e ON e.pending_id = a.transfer_id
                            WHERE a.redemption_id = r.id AND e.kind = 'post') kept
        WHERE n <> (r.state = 'reversed')::int OR r.state = 'reversed' AND fen > 0
    """,
    "a checker is asked about a change as long as it waits, and no longer": """
        SELECT c.district_id, 'purchase_change', c.id, format('%s, approval %s', c.state, r.id)
        FROM purchase_changes c LEFT JOIN approval_requests r
             ON r.kind = 'purchase.change' AND r.subject_id = c.id AND r.state = 'pending'
        WHERE (c.state = 'prepared') <> (r.id IS NOT NULL)
    """,
    "what goes with a home's change is beside that home, and stands where it does": """
        SELECT c.district_id, 'purchase_change', c.id, format('%s %s, led by %s %s', c.kind, c.state,
                                                              lead.kind, lead.state)
        FROM purchase_changes c
        JOIN redemptions r ON r.id = c.redemption_id
        JOIN purchase_changes lead ON lead.id = c.with_id
        WHERE (c.kind, c.state, r.beside_id, lead.with_id)
              IS DISTINCT FROM (lead.kind, lead.state, lead.redemption_id, NULL)
    """,
    "a change that waits is about a purchase that stands where it did": """
        SELECT c.district_id, 'purchase_change', c.id, format('%s, purchase %s', c.state, r.state)
        FROM purchase_changes c JOIN redemptions r ON r.id = c.redemption_id
        WHERE c.state IN ('asked', 'answered', 'prepared') AND r.state <> c.from_state
    """,
}
"""Each rule with the query that finds what breaks it: district, kind of object, its id, detail. Run together
with those of redemptions."""
