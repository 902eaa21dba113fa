"""What must hold of money that came back to who died and followed to the heirs (decision 0042)."""

from typing import Final

OWN_LINE: Final = """
    WITH RECURSIVE own AS (
        SELECT o.id, o.successor_id
        UNION SELECT b.id, b.successor_id
        FROM own JOIN vouchers b ON b.id = own.successor_id AND b.household_id = o.household_id
        JOIN voucher_moves w ON w.id = b.move_id AND w.kind IN ('split', 'merge') AND w.other_name IS NULL)
    SELECT i.id AS move_id FROM own JOIN voucher_move_parts p ON p.voucher_id = own.id
    JOIN voucher_moves i ON i.id = p.move_id
    WHERE i.kind = 'inherit' AND i.state = 'approved'
"""
"""The inheritance of a voucher o, or of what its own household made of it by splits and merges."""


_GROWN: Final = """
    (WHICH.face_fen + CASE WHEN WHICH.move_id IS NULL THEN 0 ELSE (
        SELECT coalesce(sum(t.amount_fen), 0)::bigint FROM ledger_transfers t
        WHERE t.credit_account_id = WHICH.account_id AND t.code = 'voucher.follow'
          AND NOT EXISTS (SELECT FROM vouchers b WHERE b.successor_id = WHICH.id)) END)
"""


def grown(voucher: str) -> str:
    """Return what computes of which face a voucher spends and earns at most, in fen.

    An heir's that succeeds none is larger by what followed; only one that came of a move is asked for that.
    """
    return _GROWN.replace("WHICH", voucher)


_PIECES: Final = """
    SELECT t.debit_account_id AS account_id, split_part(t.idempotency_key, ':', 3)::bigint AS piece_fen,
           max(t.id) AS last_id, max(t.district_id) AS district_id
    FROM ledger_transfers t JOIN vouchers o ON o.account_id = t.debit_account_id
    JOIN vouchers n ON n.account_id = t.credit_account_id
    WHERE t.code = 'voucher.follow' AND EXISTS (OWN_LINE AND n.move_id = i.id)
    GROUP BY 1, 2
""".replace("OWN_LINE", OWN_LINE)
"""Each sum of which something followed to heirs, by all that had ever come to the voucher then."""

_GOT: Final = """
    SELECT h.place, h.share_fen, sum(h.share_fen) OVER () AS shares_fen,
           coalesce((SELECT t.amount_fen FROM ledger_transfers t
                     WHERE t.debit_account_id = pieces.account_id AND t.credit_account_id = n.account_id
                           AND t.idempotency_key
                               = format('voucher.follow:%s:%s:%s', o.id, pieces.piece_fen, n.id)), 0) AS fen,
           coalesce((SELECT sum((one #>> '{figures,back_fen}')::bigint)
                     FROM voucher_endings e, jsonb_array_elements(e.shown -> 'rules') AS rules (one)
                     WHERE e.voucher_id = o.id AND e.kind = 'back' AND one ->> 'code' = 'heir_share'
                           AND (one #>> '{figures,heir}')::int = h.place
                           AND (one #>> '{figures,piece_fen}')::bigint = pieces.piece_fen
                           AND one #>> '{figures,waits}' = 'yes'), 0) AS waits_fen
    FROM (OWN_LINE) AS estate JOIN voucher_heirs h ON h.move_id = estate.move_id
    CROSS JOIN LATERAL (SELECT v.id, v.account_id FROM vouchers v WHERE v.move_id = h.move_id
                        ORDER BY v.id OFFSET h.place - 1 LIMIT 1) AS n
""".replace("OWN_LINE", OWN_LINE)
"""What each heir got of such a sum, and what of it waits for two people because the voucher was over."""

_RULES: Final = {
    "what came back to who died is parted among the heirs as they inherited, to the fen": """
        SELECT pieces.district_id, 'voucher', o.id,
               format('heir %s of %s fen: %s and %s, by the share %s', got.place, got.every_fen, got.fen,
                      got.waits_fen, got.due_fen)
        FROM (PIECES) AS pieces JOIN vouchers o ON o.account_id = pieces.account_id
        CROSS JOIN LATERAL (
            SELECT *, CASE place WHEN 1 THEN every_fen - coalesce(sum(part_fen)
                                                                  FILTER (WHERE place > 1) OVER (), 0)
                                 ELSE part_fen END AS due_fen
            FROM (SELECT *, floor(every_fen * share_fen / shares_fen::numeric) AS part_fen
                  FROM (SELECT *, sum(fen + waits_fen) OVER () AS every_fen FROM (GOT) AS each) AS whole
                 ) AS parts) AS got
        WHERE got.fen + got.waits_fen <> got.due_fen OR got.fen > 0 AND got.waits_fen > 0
    """,
    "all that came back to who died was parted, and only what waits for two people stayed": """
        SELECT pieces.district_id, 'voucher', o.id,
               format('%s fen stayed, %s of them wait', kept.fen, got.fen)
        FROM (PIECES) AS pieces JOIN vouchers o ON o.account_id = pieces.account_id
        CROSS JOIN LATERAL (SELECT sum(waits_fen) AS fen FROM (GOT) AS each) AS got
        CROSS JOIN LATERAL (
            SELECT sum(CASE WHEN t.credit_account_id = o.account_id THEN t.amount_fen ELSE -t.amount_fen END)
                   AS fen
            FROM ledger_transfers t
            WHERE o.account_id IN (t.debit_account_id, t.credit_account_id)
                  AND t.kind IN ('single', 'post') AND t.id <= pieces.last_id) AS kept
        WHERE kept.fen <> got.fen
    """,
    "what two people decide of heirs' money that came back is theirs, to the fen": """
        SELECT e.district_id, 'voucher_ending', e.id, format('%s fen, of heirs %s', e.leftover_fen, said.fen)
        FROM voucher_endings e
        CROSS JOIN LATERAL (
            SELECT sum((one #>> '{figures,back_fen}')::bigint) AS fen
            FROM jsonb_array_elements(e.shown -> 'rules') AS rules (one)
            WHERE one ->> 'code' = 'heir_share' AND one #>> '{figures,waits}' = 'yes') AS said
        WHERE e.kind = 'back' AND said.fen <> e.leftover_fen
    """,
}
HEIRS_BACK: Final = {
    rule: query.replace("PIECES", _PIECES).replace("GOT", _GOT) for rule, query in _RULES.items()
}
"""Each rule with the query that finds what breaks it, as in ``proofs``. Of what came back before
this two people decided; it says nothing of heirs."""
