"""What must hold between bonus in cash, purchases, the ledger and the bank, as queries for what does not."""

from typing import Final

CASH: Final = {
    "what is owed in cash is what a written-off purchase promised": """
        SELECT a.district_id, 'allocation', a.id, format('%s fen promised, %s owed', a.cash_fen, b.fen)
        FROM allocations a JOIN ledger_transfers e ON e.pending_id = a.cash_transfer_id AND e.kind = 'post'
        LEFT JOIN cash_bonuses b ON b.allocation_id = a.id AND b.district_id = a.district_id
        WHERE b.fen IS DISTINCT FROM a.cash_fen
        UNION ALL
        SELECT b.district_id, 'cash_bonus', b.id, 'no purchase that is written off'
        FROM cash_bonuses b JOIN allocations a ON a.id = b.allocation_id
        LEFT JOIN ledger_transfers e ON e.pending_id = a.cash_transfer_id AND e.kind = 'post'
        WHERE e.id IS NULL
    """,
    "a bonus in cash is taken back with its purchase": """
        SELECT b.district_id, 'cash_bonus', b.id,
               format('%s, purchase %s, %s fen owed no more', b.state, r.state, a.cash_back_fen)
        FROM cash_bonuses b JOIN allocations a ON a.id = b.allocation_id
        JOIN redemptions r ON r.id = a.redemption_id
        LEFT JOIN ledger_transfers t ON t.id = b.back_transfer_id
        LEFT JOIN ledger_accounts d ON d.id = t.debit_account_id
        LEFT JOIN ledger_accounts c ON c.id = t.credit_account_id
        LEFT JOIN change_parts p ON p.cash_transfer_id = t.id AND p.allocation_id = a.id
        WHERE (b.state = 'taken_back') <> (r.state = 'reversed' OR a.cash_back_fen = a.cash_fen)
           OR b.state = 'taken_back' AND (t.code, t.kind, t.amount_fen, d.kind, c.kind)
              IS DISTINCT FROM
              (CASE WHEN p.id IS NULL THEN 'cash_bonus.back' ELSE 'cash_bonus.less' END, 'single',
               coalesce(p.cash_back_fen, b.fen - a.cash_back_fen), 'household_payable', 'bonus')
    """,
    "a bonus in cash left the bank once, by two people": """
        SELECT b.district_id, 'cash_bonus', b.id, format('%s, %s', b.state, p.reference)
        FROM cash_bonuses b LEFT JOIN bank_payments p ON p.owner = 'cash_bonus:' || b.id
             AND p.district_id = b.district_id AND p.returned_on IS NULL
        WHERE (b.state = 'paid') <> (p.id IS NOT NULL) OR b.paid_on IS DISTINCT FROM p.paid_on
           OR b.approved_by_id = b.prepared_by_id
    """,
    "every bonus in cash in the ledger has its row": """
        SELECT t.district_id, 'transfer', t.id, t.code
        FROM ledger_transfers t
        LEFT JOIN bank_payments p ON t.id IN (p.transfer_id, p.back_transfer_id)
        LEFT JOIN cash_bonuses b ON b.back_transfer_id = t.id OR p.owner = 'cash_bonus:' || b.id
        LEFT JOIN LATERAL (SELECT sum(c.cash_back_fen) AS fen FROM change_parts c
                           WHERE c.allocation_id = b.allocation_id AND c.cash_transfer_id < t.id) less ON true
        WHERE t.code LIKE 'cash_bonus.%' AND t.code <> 'cash_bonus.less'
          AND (b.id IS NULL OR (t.code, t.amount_fen) IS DISTINCT FROM
               (CASE t.id WHEN b.back_transfer_id THEN 'cash_bonus.back' WHEN p.transfer_id
                          THEN 'cash_bonus.paid' ELSE 'cash_bonus.returned' END,
                b.fen - coalesce(less.fen, 0)))
    """,
    "no more is paid in cash than the present price brings": """
        SELECT p.district_id, 'bank_payment', p.id, format('%s fen paid', t.amount_fen)
        FROM bank_payments p JOIN cash_bonuses b ON p.owner = 'cash_bonus:' || b.id
        JOIN allocations a ON a.id = b.allocation_id JOIN ledger_transfers t ON t.id = p.transfer_id
        WHERE p.returned_on IS NULL AND t.amount_fen <> a.cash_fen - a.cash_back_fen
    """,
}
"""As ``proofs.PROOFS``, which takes them in."""
