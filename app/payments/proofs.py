"""What must hold between top-ups, lines, refunds and the ledger, as queries that find what does not."""

from typing import Final

from sqlalchemy.orm import Session

from app.core.proofs import Breach, find_breaches
from app.payments.card_proofs import CARDS

PROOFS: Final = {
    "a top-up holds its matched lines less its refunds": """
        SELECT t.district_id, 'top_up', t.id,
               format('ledger %s, lines %s, refunds %s, online %s',
                      moved.fen, came.fen, back.fen, online.fen)
        FROM top_ups t
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(CASE WHEN l.credit_account_id = t.ledger_account_id
                                     THEN CASE WHEN l.kind IN ('single', 'post') THEN l.amount_fen ELSE 0 END
                                     ELSE CASE l.kind WHEN 'post' THEN 0 WHEN 'void' THEN l.amount_fen
                                                      ELSE -l.amount_fen END END), 0) AS fen
            FROM ledger_transfers l WHERE t.ledger_account_id IN (l.debit_account_id, l.credit_account_id)
        ) AS moved
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(s.amount_fen), 0) AS fen
            FROM line_matches m JOIN statement_lines s ON s.id = m.line_id
            WHERE m.top_up_id = t.id AND m.taken_back_at IS NULL
        ) AS came
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(f.amount_fen), 0) AS fen
            FROM refunds f WHERE f.top_up_id = t.id AND f.state NOT IN ('rejected', 'returned')
        ) AS back
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(c.captured_fen - c.refunded_fen), 0) AS fen
            FROM card_payments c WHERE c.top_up_id = t.id
        ) AS online
        WHERE moved.fen <> came.fen - back.fen + online.fen
    """,
    "a top-up has a ledger account of its own": """
        SELECT t.district_id, 'top_up', t.id, format('account %s', t.ledger_account_id)
        FROM top_ups t LEFT JOIN ledger_accounts a ON a.id = t.ledger_account_id
        WHERE (a.kind, a.district_id, a.owner) IS DISTINCT FROM ('top_up', t.district_id, t.owner)
    """,
    "a match moved its line's sum once, and back once it was taken back": """
        SELECT m.district_id, 'line_match', m.id, format('%s fen, line %s', m.amount_fen, s.amount_fen)
        FROM line_matches m JOIN statement_lines s ON s.id = m.line_id JOIN top_ups t ON t.id = m.top_up_id
        LEFT JOIN ledger_transfers i ON i.id = m.transfer_id
        LEFT JOIN ledger_accounts c ON c.id = i.debit_account_id
        LEFT JOIN ledger_transfers o ON o.id = m.back_transfer_id
        WHERE (m.amount_fen, i.kind, i.code, i.amount_fen, i.credit_account_id, c.kind) IS DISTINCT FROM
              (s.amount_fen, 'single', 'top_up.receive', s.amount_fen, t.ledger_account_id, 'supervised')
           OR (m.taken_back_at IS NOT NULL) <> (o.id IS NOT NULL)
           OR o.id IS NOT NULL AND (o.kind, o.code, o.amount_fen, o.debit_account_id, o.credit_account_id)
              IS DISTINCT FROM
              ('single', 'top_up.take_back', i.amount_fen, i.credit_account_id, i.debit_account_id)
    """,
    "a refund is promised as prepared, and ended as it stands": """
        SELECT f.district_id, 'refund', f.id, format('%s, promise of %s %s', f.state, h.amount_fen, e.kind)
        FROM refunds f JOIN top_ups t ON t.id = f.top_up_id
        LEFT JOIN ledger_transfers h ON h.id = f.hold_id
        LEFT JOIN ledger_accounts c ON c.id = h.credit_account_id
        LEFT JOIN ledger_transfers e ON e.pending_id = h.id
        WHERE (h.kind, h.code, h.amount_fen, h.debit_account_id, c.kind) IS DISTINCT FROM
              ('pending', 'top_up.refund', f.amount_fen, t.ledger_account_id, 'supervised')
           OR e.kind IS DISTINCT FROM CASE
              WHEN f.state IN ('paid', 'returned') THEN 'post' WHEN f.state = 'rejected' THEN 'void' END
    """,
    "no refund is above what its line brought": """
        SELECT m.district_id, 'line_match', m.id, format('%s fen back of %s', back.fen, s.amount_fen)
        FROM line_matches m JOIN statement_lines s ON s.id = m.line_id
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(f.amount_fen), 0) AS fen
            FROM refunds f WHERE f.match_id = m.id AND f.state NOT IN ('rejected', 'returned')
        ) AS back
        WHERE back.fen > CASE WHEN m.taken_back_at IS NULL THEN s.amount_fen ELSE 0 END
           OR back.fen <> m.refunded_fen
    """,
    "a refund goes back to where its line came from": """
        SELECT f.district_id, 'refund', f.id, format('top-up %s, line %s', f.top_up_id, m.line_id)
        FROM refunds f LEFT JOIN line_matches m ON m.id = f.match_id
        LEFT JOIN statement_lines s ON s.id = m.line_id
        WHERE m.top_up_id IS DISTINCT FROM f.top_up_id OR s.payer_name IS DISTINCT FROM f.payee_name
           OR NOT EXISTS (SELECT FROM refunds b WHERE b.match_id = f.match_id AND b.state = 'returned'
                                                  AND b.id < f.id)
              AND (replace(s.payer_account, '-', '') ~ '^[0-9]{8,32}$'
                   AND replace(s.payer_account, '-', '') <> f.payee_account
                   OR replace(s.payer_account, '-', '') ~ '^[0-9]*[*]+[0-9]*$' AND f.payee_account
                      NOT LIKE regexp_replace(replace(s.payer_account, '-', ''), '[*]+', '%'))
    """,
    "two people stand behind a refund and a match taken back": """
        SELECT district_id, 'refund', id, state FROM refunds
        WHERE state IN ('approved', 'paid', 'returned')
              AND (approved_by_id IS NULL OR approved_by_id = prepared_by_id)
        UNION ALL
        SELECT district_id, 'line_match', id, reason FROM line_matches
        WHERE taken_back_at IS NOT NULL AND (taken_back_by_id IS NULL OR taken_back_by_id = matched_by_id)
    """,
    "top-up money moves only by matches and refunds": """
        SELECT l.district_id, 'transfer', l.id, format('%s of %s fen', l.code, l.amount_fen)
        FROM ledger_transfers l
        LEFT JOIN ledger_accounts d ON d.id = l.debit_account_id
        LEFT JOIN ledger_accounts c ON c.id = l.credit_account_id
        WHERE (l.code LIKE 'top_up.%' OR d.kind IN ('top_up', 'supervised')
               OR c.kind IN ('top_up', 'supervised'))
          AND NOT EXISTS (SELECT FROM line_matches m WHERE l.id IN (m.transfer_id, m.back_transfer_id))
          AND NOT EXISTS (SELECT FROM refunds f WHERE f.hold_id IN (l.id, l.pending_id))
          AND NOT EXISTS (SELECT FROM refunds f JOIN bank_payments b ON b.owner = 'refund:' || f.id
                          WHERE f.state = 'returned' AND b.back_transfer_id = l.id)
          AND l.code NOT LIKE 'top_up.card%'
    """,
    "a refund that is paid is one payment of the bank, and one that came back is none of our lines": """
        SELECT f.district_id, 'refund', f.id, f.bank_ref
        FROM refunds f
        LEFT JOIN bank_payments b ON b.owner = 'refund:' || f.id AND b.district_id = f.district_id
        LEFT JOIN ledger_transfers o ON o.id = b.transfer_id
        LEFT JOIN ledger_transfers i ON i.id = b.back_transfer_id
        WHERE (b.reference, b.paid_on, o.pending_id) IS DISTINCT FROM
              (f.bank_ref, f.paid_on, CASE WHEN f.state IN ('paid', 'returned') THEN f.hold_id END)
           OR (f.state = 'returned') <> (i.id IS NOT NULL)
           OR i.id IS NOT NULL AND (i.code, i.debit_account_id, i.credit_account_id, i.amount_fen)
              IS DISTINCT FROM ('top_up.come_back', o.credit_account_id, o.debit_account_id, f.amount_fen)
        UNION ALL
        SELECT s.district_id, 'statement_line', s.id, s.serial
        FROM statement_lines s JOIN bank_payments b ON b.district_id = s.district_id
                                                   AND b.returned_reference = s.serial
        JOIN ledger_transfers o ON o.id = b.transfer_id
        LEFT JOIN refunds f ON b.owner = 'refund:' || f.id
        LEFT JOIN top_ups t ON t.id = f.top_up_id
        LEFT JOIN supervised_accounts a ON a.id = s.account_id
        WHERE s.state = 'matched' AND (a.id IS NULL OR a.development_id = t.development_id)
              AND (s.received_on = b.returned_on OR s.amount_fen = o.amount_fen)
    """,
    "a line counts once": """
        SELECT s.district_id, 'statement_line', s.id,
               format('%s, %s matches, %s like it', s.state, coalesce(matches.standing, 0),
                      coalesce(twins.more, 0))
        FROM statement_lines s
        LEFT JOIN (SELECT line_id, count(*) AS standing FROM line_matches
                   WHERE taken_back_at IS NULL GROUP BY line_id) AS matches ON matches.line_id = s.id
        LEFT JOIN (SELECT s.id, count(*) AS more FROM statement_lines s JOIN statement_lines o
                          ON (o.district_id, o.serial, o.received_on, o.amount_fen)
                             = (s.district_id, s.serial, s.received_on, s.amount_fen)
                   WHERE o.id <> s.id AND 'rejected' NOT IN (o.statement_state, s.statement_state)
                         AND coalesce(o.account_id = s.account_id, true)
                   GROUP BY s.id) AS twins ON twins.id = s.id
        WHERE twins.more > 0 OR coalesce(matches.standing, 0) <> (s.state = 'matched')::int
           OR (s.state = 'aside') <> EXISTS (SELECT FROM line_asides a
                                             WHERE a.line_id = s.id AND a.back_at IS NULL)
    """,
    "a line counts only of a statement that a second person confirmed": """
        SELECT s.district_id, 'statement_line', s.id, format('%s of a statement that is %s', s.state, b.state)
        FROM statement_lines s LEFT JOIN bank_statements b ON b.id = s.statement_id
        WHERE s.statement_state IS DISTINCT FROM b.state
           OR EXISTS (SELECT FROM line_matches m WHERE m.line_id = s.id) AND b.state <> 'confirmed'
    """,
    "a statement brought no more than the bank says of it": """
        SELECT b.district_id, 'statement', b.id,
               format('%s lines of %s, %s fen of %s', lines.number, b.count, lines.fen, b.sum_fen)
        FROM bank_statements b
        CROSS JOIN LATERAL (SELECT count(*) AS number, coalesce(sum(s.amount_fen), 0) AS fen
                            FROM statement_lines s WHERE s.statement_id = b.id) AS lines
        WHERE lines.number > b.count OR lines.fen > b.sum_fen
    """,
    "a statement is in the audit trail, with both people": """
        SELECT b.district_id, 'statement', b.id, act
        FROM bank_statements b
        CROSS JOIN LATERAL (VALUES
            ('payments.import_statement', b.imported_by_id, true),
            ('payments.statement_' || b.state, b.decided_by_id, b.decided_at IS NOT NULL)
        ) AS done (act, user_id, happened)
        LEFT JOIN audit_rows r ON r.action = done.act AND r.object_id = b.id AND r.user_id = done.user_id
             AND coalesce((r.detail ->> 'sum_fen')::bigint = b.sum_fen
                          AND (r.detail ->> 'count')::bigint = b.count, r.detail ->> 'sha256' = b.file_sha256)
        WHERE b.imported_by_id IS NOT NULL AND done.happened AND r.seq IS NULL
        UNION ALL
        SELECT b.district_id, 'statement', b.id, 'nobody imported it'
        FROM bank_statements b
        WHERE b.imported_by_id IS NULL AND NOT EXISTS (
            SELECT FROM audit_rows r WHERE r.action = 'payments.import_statement' AND r.object_id IS NULL
                                       AND r.detail ->> 'sha256' = b.file_sha256)
    """,
    "a match and a refund are in the audit trail": """
        SELECT m.district_id, 'line_match', m.id, 'matched'
        FROM line_matches m
        LEFT JOIN audit_rows r ON r.action = 'payments.confirm' AND r.object_id = m.top_up_id
             AND (r.detail ->> 'line_id')::bigint = m.line_id AND r.user_id = m.matched_by_id
        WHERE r.seq IS NULL
        UNION ALL
        SELECT f.district_id, 'refund', f.id, act
        FROM refunds f
        CROSS JOIN LATERAL (VALUES ('refund.prepare', f.prepared_by_id), ('refund.approve', f.approved_by_id),
                                   ('refund.pay', f.paid_by_id)) AS done (act, user_id)
        LEFT JOIN audit_rows r ON r.action = done.act AND r.object_id = f.id AND r.user_id = done.user_id
             AND (r.detail ->> 'amount_fen')::bigint = f.amount_fen
        WHERE done.user_id IS NOT NULL AND r.seq IS NULL
    """,
}
"""Each rule with the query that finds what breaks it: district, kind of object, its id, detail.

With the ledger's own proofs they explain every fen that came in: by which line, whose it is, where it went.
"""


def verify(session: Session) -> list[Breach]:
    """Return everything in which top-ups, lines, refunds and the ledger disagree."""
    return find_breaches(session, {**PROOFS, **CARDS})
