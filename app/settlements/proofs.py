"""What must hold of developers' money, as queries that find what does not.

They trust neither constraints nor triggers, which somebody may have dropped.
"""

from typing import Final

from sqlalchemy.orm import Session

from app.core.proofs import Breach, find_breaches
from app.settlements import pay_list_proofs
from app.settlements.interest_proofs import INTEREST

_FLOWS: Final = """
    WITH flows AS (
        SELECT a.district_id, a.redemption_id, a.voucher_id, NULL::bigint AS line_id, e.id AS transfer_id,
               e.amount_fen AS fen
        FROM allocations a JOIN ledger_transfers e ON e.pending_id = a.transfer_id AND e.kind = 'post'
        UNION ALL
        SELECT a.district_id, a.redemption_id, a.voucher_id, NULL, e.id, e.amount_fen
        FROM allocations a JOIN ledger_transfers e ON e.pending_id = a.bonus_transfer_id AND e.kind = 'post'
        UNION ALL
        SELECT a.district_id, a.redemption_id, a.voucher_id, NULL, t.id, -t.amount_fen
        FROM change_parts p JOIN allocations a ON a.id = p.allocation_id
        CROSS JOIN LATERAL (VALUES (p.transfer_id), (p.bonus_transfer_id)) AS went (id)
        JOIN ledger_transfers t ON t.id = went.id
        UNION ALL
        SELECT district_id, redemption_id, voucher_id, id, max(transfer_id) OVER (PARTITION BY claim_id),
               -amount_fen
        FROM settlement_lines WHERE kind = 'tranche' AND transfer_id IS NOT NULL
        UNION ALL
        SELECT district_id, redemption_id, voucher_id, NULL, back_transfer_id, amount_fen
        FROM settlement_lines WHERE kind = 'tranche' AND back_transfer_id IS NOT NULL
    ), known AS (
        SELECT transfer_id AS id FROM settlement_lines
        UNION ALL SELECT back_transfer_id FROM settlement_lines
        UNION ALL SELECT transfer_id FROM fund_receipts
        UNION ALL SELECT transfer_id FROM settlement_payments
        UNION ALL SELECT fund_transfer_id FROM settlement_payments
        UNION ALL
        SELECT t.id FROM settlement_payments p
        JOIN ledger_transfers t ON t.district_id = p.district_id AND t.amount_fen = p.amount_fen
             AND t.idempotency_key IN ('settlement.pay.back:' || p.ref, 'settlement.draw.back:' || p.ref)
        WHERE p.state = 'returned'
    ), said AS (
        SELECT l.id, l.district_id, l.kind AS line_kind, l.event, l.place, l.rule, l.due_on, of.nth,
               (c.submitted_at AT TIME ZONE 'Asia/Shanghai')::date AS sent_on,
               q.snapshot -> 'home' ->> 'kind' AS kind,
               coalesce(q.snapshot -> 'home' ->> 'stage', d.stage) AS stage,
               jsonb_typeof(of.said) IN ('array', 'object') AS is_said, one.by,
               one.by -> 'tranches' -> l.place::integer AS tranche
        FROM settlement_lines l JOIN settlement_claims c ON c.id = l.claim_id
        JOIN redemptions r ON r.id = l.redemption_id JOIN quotes q ON q.id = r.quote_id
        JOIN homes h ON h.id = r.home_id JOIN developments d ON d.id = h.development_id
        JOIN vouchers v ON v.id = l.voucher_id JOIN policy_versions p ON p.id = v.policy_version_id
        CROSS JOIN LATERAL (
            SELECT substring(l.rule ->> 'path' FROM '^settlement\\[(\\d+)\\]')::integer AS nth,
                   p.body -> 'settlement' AS said) AS of
        CROSS JOIN LATERAL (
            SELECT CASE jsonb_typeof(of.said) WHEN 'array' THEN of.said -> of.nth
                                              WHEN 'object' THEN of.said END AS by) AS one
    )
"""
"""What each share was owed and what of it was accepted, by transfer; which transfers a row names; and what
the voucher's policy says of each line.

A claim is accepted at one moment: what it deducts leaves its account after what it takes has come. A claim
that is refused again leaves a share as it was before, also where that had been paid too much.
"""

_PROOFS: Final = {
    "no more was accepted of a share than it was owed at that moment": """
        SELECT district_id, 'settlement_line', line_id, format('%s fen too much', -rest)
        FROM (
            SELECT *, sum(fen) OVER (PARTITION BY redemption_id, voucher_id ORDER BY transfer_id) AS rest
            FROM flows
        ) AS history
        WHERE rest < 0 AND fen < 0 AND line_id IS NOT NULL
    """,
    "a line moved its sum once, between the right accounts": """
        SELECT l.district_id, 'settlement_line', l.id, format('transfer %s', l.transfer_id)
        FROM settlement_lines l JOIN settlement_claims c ON c.id = l.claim_id
        LEFT JOIN ledger_transfers t ON t.id = l.transfer_id
        LEFT JOIN ledger_accounts d ON d.id = t.debit_account_id
        LEFT JOIN ledger_accounts k ON k.id = t.credit_account_id
        WHERE l.transfer_id IS NOT NULL AND
              (t.kind, t.code, t.amount_fen, t.district_id, d.kind, k.kind,
               CASE WHEN l.amount_fen > 0 THEN k.id ELSE d.id END)
              IS DISTINCT FROM
              ('single',
               CASE WHEN l.amount_fen < 0 THEN 'settlement.deduct'
                    WHEN l.kind = 'interest' THEN 'settlement.interest' ELSE 'settlement.accept' END,
               abs(l.amount_fen), l.district_id,
               CASE WHEN l.amount_fen < 0 THEN 'claim'
                    WHEN l.kind = 'interest' THEN 'late_interest' ELSE 'developer_payable' END,
               CASE WHEN l.amount_fen > 0 THEN 'claim'
                    WHEN l.kind = 'interest' THEN 'late_interest' ELSE 'developer_payable' END,
               c.account_id)
    """,
    "what was taken back went back the same way": """
        SELECT l.district_id, 'settlement_line', l.id, format('transfer %s', l.back_transfer_id)
        FROM settlement_lines l
        LEFT JOIN ledger_transfers t ON t.id = l.transfer_id
        LEFT JOIN ledger_transfers b ON b.id = l.back_transfer_id
        WHERE l.back_transfer_id IS NOT NULL AND
              (b.kind, b.code, b.amount_fen, b.debit_account_id, b.credit_account_id) IS DISTINCT FROM
              ('single', 'settlement.recall', t.amount_fen, t.credit_account_id, t.debit_account_id)
    """,
    "a claim's lines are as it is": """
        SELECT c.district_id, 'settlement_claim', c.id, format('%s, line %s', c.state, l.id)
        FROM settlement_claims c JOIN settlement_lines l ON l.claim_id = c.id
        WHERE (l.stands, l.transfer_id IS NOT NULL AND l.back_transfer_id IS NULL)
              IS DISTINCT FROM (c.state <> 'refused', c.state IN ('approved', 'paid'))
    """,
    "a claim comes to its lines": """
        SELECT c.district_id, 'settlement_claim', c.id, format('%s, lines %s', c.total_fen, sum(l.amount_fen))
        FROM settlement_claims c LEFT JOIN settlement_lines l ON l.claim_id = c.id
        GROUP BY c.id HAVING c.total_fen IS DISTINCT FROM sum(l.amount_fen)
    """,
    "each line begins where the one before ended": """
        SELECT district_id, 'settlement_line', id, format('before %s, should be %s', before_fen, earlier)
        FROM (
            SELECT l.*, coalesce(sum(amount_fen) OVER (
                       PARTITION BY redemption_id, voucher_id, kind, place ORDER BY turn
                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS earlier,
                   row_number() OVER (
                       PARTITION BY redemption_id, voucher_id, kind, place ORDER BY turn) - 1 AS nth
            FROM settlement_lines l WHERE stands
        ) AS chain
        WHERE before_fen <> earlier OR amount_fen <> upto_fen - before_fen OR turn <> nth
    """,
    "what waits for a handover, a certificate or a building has it": """
        SELECT l.district_id, 'settlement_line', l.id, l.event
        FROM settlement_lines l
        WHERE l.stands AND l.event NOT IN ('contract', 'filed', 'verified') AND NOT EXISTS (
            SELECT FROM settlement_milestones m
            WHERE m.redemption_id = l.redemption_id AND m.kind = l.event AND m.state = 'confirmed')
    """,
    "a line is of the part that its voucher's policy names for what was bought": """
        SELECT district_id, 'settlement_line', id, format('%s, %s', rule ->> 'path', event)
        FROM said
        WHERE CASE WHEN is_said THEN
            (rule ->> 'path', event, tranche ->> 'share', coalesce(by ->> 'stage', stage),
             coalesce(by -> 'kinds' ? kind, true))
            IS DISTINCT FROM
            ('settlement' || coalesce('[' || nth || ']', '') || '.tranches[' || place || ']',
             tranche ->> 'event', rule ->> 'share_bp', stage, true)
            ELSE rule ->> 'path' <> 'district' END
    """,
    "a part that runs from the developer's application runs from the day on which it was sent": """
        SELECT district_id, 'settlement_line', id, format('%s, due %s', rule ->> 'applied_on', due_on)
        FROM said
        WHERE line_kind = 'tranche' AND is_said AND
              ((rule ->> 'applied_on')::date IS DISTINCT FROM
               CASE WHEN tranche -> 'pay_within' ->> 'from' = 'applied' THEN sent_on END
               OR due_on <> coalesce((rule ->> 'applied_on')::date, (rule ->> 'reached_on')::date)
                            + (tranche -> 'pay_within' ->> 'days')::integer)
    """,
    "a payment's promises stand as it does": """
        SELECT p.district_id, 'settlement_payment', p.id, format('%s, transfer %s', p.state, t.id)
        FROM settlement_payments p JOIN settlement_claims c ON c.id = p.claim_id
        JOIN payment_batches b ON b.id = p.batch_id JOIN fund_sources f ON f.id = b.source_id
        CROSS JOIN LATERAL (VALUES (p.transfer_id, 'settlement.pay', c.account_id, 'bank'),
                                   (p.fund_transfer_id, 'settlement.draw', f.account_id, 'funding'))
            AS said (id, code, debit_id, credit_kind)
        LEFT JOIN ledger_transfers t ON t.id = said.id
        LEFT JOIN ledger_accounts k ON k.id = t.credit_account_id
        LEFT JOIN ledger_transfers e ON e.pending_id = t.id
        WHERE (t.kind, t.code, t.amount_fen, t.debit_account_id, k.kind, e.kind, p.amount_fen)
              IS DISTINCT FROM
              ('pending', said.code, p.amount_fen, said.debit_id, said.credit_kind,
               CASE WHEN p.state IN ('paid', 'returned') THEN 'post' WHEN p.state = 'failed' THEN 'void' END,
               c.total_fen)
    """,
    "the bank's word stands for every payment": """
        SELECT p.district_id, 'settlement_payment', p.id, format('%s, bank payment %s', p.state, b.id)
        FROM settlement_payments p
        LEFT JOIN bank_payments b
               ON b.district_id = p.district_id AND b.owner = 'settlement:' || p.id
        LEFT JOIN ledger_transfers e ON e.id = b.transfer_id
        LEFT JOIN ledger_transfers r ON r.id = b.back_transfer_id
        WHERE (b.id IS NOT NULL, e.pending_id, b.reference, b.paid_on, b.returned_on IS NOT NULL, r.code,
               r.amount_fen)
              IS DISTINCT FROM
              (p.state IN ('paid', 'returned'),
               CASE WHEN p.state IN ('paid', 'returned') THEN p.transfer_id END,
               p.bank_reference, p.paid_on, p.state = 'returned',
               CASE WHEN p.state = 'returned' THEN 'settlement.pay.back' END,
               CASE WHEN p.state = 'returned' THEN p.amount_fen END)
    """,
    "a claim is paid when its payment is": """
        SELECT c.district_id, 'settlement_claim', c.id, c.state
        FROM settlement_claims c
        WHERE (c.state = 'paid') <> EXISTS (
                  SELECT FROM settlement_payments p WHERE p.claim_id = c.id AND p.state = 'paid')
           OR c.state <> 'approved' AND EXISTS (
                  SELECT FROM settlement_payments p WHERE p.claim_id = c.id AND p.state = 'sent')
           OR (SELECT count(*) FROM settlement_payments p
               WHERE p.claim_id = c.id AND p.state IN ('sent', 'paid')) > 1
    """,
    "what came in from a source is what was confirmed": """
        SELECT r.district_id, 'fund_receipt', r.id, format('%s, transfer %s', r.state, r.transfer_id)
        FROM fund_receipts r JOIN fund_sources f ON f.id = r.source_id
        LEFT JOIN ledger_transfers t ON t.id = r.transfer_id
        WHERE (t.kind, t.code, t.amount_fen, t.credit_account_id) IS DISTINCT FROM
              (CASE WHEN r.state = 'current' THEN 'single' END,
               CASE WHEN r.state = 'current' THEN 'settlement.fund' END,
               CASE WHEN r.state = 'current' THEN r.amount_fen END,
               CASE WHEN r.state = 'current' THEN f.account_id END)
    """,
    "claims and funds move no other way": """
        SELECT t.district_id, 'transfer', t.id, t.code
        FROM ledger_transfers t
        JOIN ledger_accounts d ON d.id = t.debit_account_id
        JOIN ledger_accounts k ON k.id = t.credit_account_id
        WHERE ('{claim,fund,funding,late_interest}'::text[] && ARRAY[d.kind, k.kind]::text[]
               OR t.code LIKE 'settlement.%')
          AND NOT EXISTS (SELECT FROM known WHERE known.id = coalesce(t.pending_id, t.id))
    """,
    "what came back went to its source": """
        SELECT p.district_id, 'settlement_payment', p.id, 'not restored'
        FROM settlement_payments p JOIN payment_batches b ON b.id = p.batch_id
        JOIN fund_sources f ON f.id = b.source_id
        WHERE p.state = 'returned' AND NOT EXISTS (
            SELECT FROM ledger_transfers t
            WHERE t.district_id = p.district_id AND t.idempotency_key = 'settlement.draw.back:' || p.ref
              AND t.amount_fen = p.amount_fen AND t.credit_account_id = f.account_id)
    """,
    "a batch comes to its payments, and the bank was asked for none that nobody released": """
        SELECT b.district_id, 'payment_batch', b.id, format('%s, %s fen', b.state, b.total_fen)
        FROM payment_batches b LEFT JOIN settlement_payments p ON p.batch_id = b.id
        GROUP BY b.id
        HAVING (b.count, b.total_fen) IS DISTINCT FROM (count(p.id), sum(p.amount_fen))
            OR b.state <> 'released' AND bool_or(p.state IN ('paid', 'returned'))
            OR b.state = 'refused' AND bool_or(p.state <> 'failed')
            OR bool_or(p.batch_state <> b.state)
    """,
    "two people stand behind every claim, batch, sum and account": """
        SELECT c.district_id, 'settlement_claim', c.id, c.state
        FROM settlement_claims c
        LEFT JOIN approval_requests a
               ON a.kind = 'settlement.claim' AND a.subject_id = c.id AND a.state = 'approved'
        WHERE c.state IN ('approved', 'paid') AND
              (a.id IS NULL OR a.decided_by_id = a.requested_by_id OR c.approved_by_id = c.checked_by_id
               OR c.approved_by_id IS DISTINCT FROM a.decided_by_id
               OR (a.payload ->> 'total_fen')::bigint <> c.total_fen)
        UNION ALL
        -- Released by nobody is what was made before two people were asked for: nothing was asked of it.
        SELECT b.district_id, 'payment_batch', b.id, b.state
        FROM payment_batches b
        LEFT JOIN approval_requests a ON a.kind = 'settlement.batch' AND a.subject_id = b.id
        WHERE b.state <> 'made' AND (b.decided_by_id IS NOT NULL OR a.id IS NOT NULL) AND
              (b.decided_by_id IS NULL OR b.decided_by_id IS NOT DISTINCT FROM b.made_by_id
               OR b.decided_by_id IS DISTINCT FROM a.decided_by_id
               OR a.requested_by_id IS DISTINCT FROM b.made_by_id
               OR a.state <> CASE b.state WHEN 'released' THEN 'approved' ELSE 'rejected' END
               OR (a.payload ->> 'total_fen')::bigint <> b.total_fen)
        UNION ALL
        SELECT district_id, 'fund_receipt', id, state FROM fund_receipts
        WHERE state = 'current' AND decided_by_id IS NOT DISTINCT FROM entered_by_id
        UNION ALL
        SELECT district_id, 'developer_account', id, state FROM developer_accounts
        WHERE state IN ('current', 'replaced') AND decided_by_id IS NOT DISTINCT FROM entered_by_id
        UNION ALL
        SELECT district_id, 'settlement_milestone', id, state FROM settlement_milestones
        WHERE state = 'confirmed' AND answered_by_id IS NOT DISTINCT FROM reported_by_id
    """,
}


def verify(session: Session) -> list[Breach]:
    """Return everything in which claims, payments, sources and the ledger disagree."""
    return find_breaches(session, {**_PROOFS, **INTEREST}, given=_FLOWS) + pay_list_proofs.verify(session)
