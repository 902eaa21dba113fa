"""What must hold of money paid online, as queries that find what does not."""

from typing import Final

CARDS: Final = {
    "what was captured online is credited once": """
        SELECT c.district_id, 'card_payment', c.id,
               format('%s, %s fen, transfer of %s', c.state, c.captured_fen, i.amount_fen)
        FROM card_payments c JOIN top_ups t ON t.id = c.top_up_id
        LEFT JOIN ledger_transfers i ON i.id = c.transfer_id
        LEFT JOIN ledger_accounts d ON d.id = i.debit_account_id
        WHERE (i.kind, i.code, i.amount_fen, i.credit_account_id, d.kind) IS DISTINCT FROM
              (CASE c.state WHEN 'paid' THEN 'single' END,
               CASE c.state WHEN 'paid' THEN 'top_up.card_receive' END, nullif(c.captured_fen, 0),
               CASE c.state WHEN 'paid' THEN t.ledger_account_id END,
               CASE c.state WHEN 'paid' THEN 'card' END)
    """,
    "of a payment online no more goes back than was captured": """
        SELECT c.district_id, 'card_payment', c.id,
               format('%s of %s, says %s', back.fen + held.fen, c.captured_fen, c.refunded_fen)
        FROM card_payments c
        CROSS JOIN LATERAL (SELECT coalesce(sum(f.amount_fen), 0) AS fen FROM card_refunds f
                            WHERE f.payment_id = c.id AND f.state NOT IN ('rejected', 'failed')) AS back
        CROSS JOIN LATERAL (SELECT coalesce(sum(d.held_fen), 0) AS fen FROM card_disputes d
                            WHERE d.payment_id = c.id) AS held
        WHERE back.fen + held.fen > c.captured_fen OR back.fen + held.fen <> c.refunded_fen
    """,
    "a refund to the source is promised as prepared, and ended as it stands": """
        SELECT f.district_id, 'card_refund', f.id,
               format('%s, promise of %s %s', f.state, h.amount_fen, e.kind)
        FROM card_refunds f JOIN card_payments c ON c.id = f.payment_id JOIN top_ups t ON t.id = c.top_up_id
        LEFT JOIN ledger_transfers h ON h.id = f.hold_id
        LEFT JOIN ledger_accounts k ON k.id = h.credit_account_id
        LEFT JOIN ledger_transfers e ON e.pending_id = h.id
        LEFT JOIN ledger_transfers b ON b.id = f.back_transfer_id
        WHERE (h.kind, h.code, h.amount_fen, h.debit_account_id, k.kind) IS DISTINCT FROM
              ('pending', 'top_up.card_refund', f.amount_fen, t.ledger_account_id, 'card')
           OR e.kind IS DISTINCT FROM CASE
              WHEN f.state = 'paid' OR f.back_transfer_id IS NOT NULL THEN 'post'
              WHEN f.state IN ('rejected', 'failed') THEN 'void' END
           OR b.id IS NOT NULL AND (b.kind, b.code, b.amount_fen, b.debit_account_id, b.credit_account_id)
              IS DISTINCT FROM ('single', 'top_up.card_come_back', f.amount_fen, h.credit_account_id,
                                h.debit_account_id)
    """,
    "two people stand behind a refund to the source": """
        SELECT district_id, 'card_refund', id, state FROM card_refunds
        WHERE state NOT IN ('prepared', 'rejected')
              AND (approved_by_id IS NULL OR approved_by_id = prepared_by_id)
    """,
    "what a dispute holds is promised, and kept, dropped or brought back as it ended": """
        SELECT d.district_id, 'card_dispute', d.id,
               format('%s, %s of %s fen, promise of %s %s', d.outcome, o.state, o.amount_fen, h.amount_fen,
                      e.kind)
        FROM card_disputes d JOIN card_payments c ON c.id = d.payment_id JOIN top_ups t ON t.id = c.top_up_id
        JOIN card_dispute_holds o ON o.dispute_id = d.id
        LEFT JOIN ledger_transfers h ON h.id = o.hold_id
        LEFT JOIN ledger_accounts k ON k.id = h.credit_account_id
        LEFT JOIN ledger_transfers e ON e.pending_id = h.id
        LEFT JOIN ledger_transfers b ON b.id = o.back_transfer_id
        WHERE (h.kind, h.code, h.amount_fen, h.debit_account_id, k.kind) IS DISTINCT FROM
              ('pending', 'top_up.card_dispute', o.amount_fen, t.ledger_account_id, 'card')
           OR e.kind IS DISTINCT FROM CASE WHEN o.state IN ('kept', 'returned') THEN 'post'
                                           WHEN o.state = 'dropped' THEN 'void' END
           OR o.state = 'held' AND d.outcome IS NOT NULL
           OR o.state = 'kept' AND d.outcome IS DISTINCT FROM 'lost'
           OR b.id IS NOT NULL AND (b.kind, b.code, b.amount_fen, b.debit_account_id, b.credit_account_id)
              IS DISTINCT FROM ('single', 'top_up.card_dispute_back', o.amount_fen, h.credit_account_id,
                                h.debit_account_id)
    """,
    "a dispute holds what it says, and all that is there of its payment while it lacks any": """
        SELECT d.district_id, 'card_dispute', d.id,
               format('%s of %s fen held, by its holds %s, free %s', d.held_fen, d.amount_fen, held.fen,
                      c.captured_fen - c.refunded_fen)
        FROM card_disputes d JOIN card_payments c ON c.id = d.payment_id
        CROSS JOIN LATERAL (SELECT coalesce(sum(o.amount_fen), 0) AS fen FROM card_dispute_holds o
                            WHERE o.dispute_id = d.id AND o.state IN ('held', 'kept')) AS held
        WHERE d.held_fen <> held.fen
           OR d.held_fen < d.amount_fen AND c.refunded_fen < c.captured_fen
              AND (d.outcome = 'lost' OR d.outcome IS NULL AND d.status NOT LIKE 'warning%')
    """,
    "money moves with Stripe only by payments, refunds and disputes": """
        SELECT l.district_id, 'transfer', l.id, format('%s of %s fen', l.code, l.amount_fen)
        FROM ledger_transfers l
        JOIN ledger_accounts d ON d.id = l.debit_account_id
        JOIN ledger_accounts c ON c.id = l.credit_account_id
        WHERE (l.code LIKE 'top_up.card%' OR 'card' IN (d.kind, c.kind))
          AND NOT EXISTS (SELECT FROM card_payments p WHERE p.transfer_id = l.id)
          AND NOT EXISTS (SELECT FROM card_refunds f
                          WHERE f.hold_id IN (l.id, l.pending_id) OR f.back_transfer_id = l.id)
          AND NOT EXISTS (SELECT FROM card_dispute_holds o
                          WHERE o.hold_id IN (l.id, l.pending_id) OR o.back_transfer_id = l.id)
    """,
    "money online is in the audit trail": """
        SELECT done.district_id, done.type, done.id, done.act
        FROM (
            SELECT district_id, 'card_payment' AS type, id, 'card.begin' AS act, made_by_id AS user_id,
                   amount_fen AS fen FROM card_payments
            UNION ALL
            SELECT district_id, 'card_payment', id, 'card.receive', NULL, captured_fen FROM card_payments
            WHERE state = 'paid'
            UNION ALL
            SELECT district_id, 'card_refund', id, 'card_refund.prepare', prepared_by_id, amount_fen
            FROM card_refunds
            UNION ALL
            SELECT district_id, 'card_refund', id, 'card_refund.approve', approved_by_id, amount_fen
            FROM card_refunds WHERE approved_by_id IS NOT NULL
            UNION ALL
            SELECT district_id, 'card_refund', id, 'card_refund.pay', NULL, amount_fen
            FROM card_refunds WHERE state = 'paid'
            UNION ALL
            SELECT district_id, 'card_dispute', id, 'card_dispute.open', NULL, amount_fen FROM card_disputes
        ) AS done
        LEFT JOIN audit_rows r ON r.action = done.act AND r.object_id = done.id
             AND r.user_id IS NOT DISTINCT FROM done.user_id
             AND (r.detail ->> 'amount_fen')::bigint = done.fen
        WHERE r.seq IS NULL
    """,
}
"""Each rule with the query that finds what breaks it: district, kind of object, its id, detail."""
