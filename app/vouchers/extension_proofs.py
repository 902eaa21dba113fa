"""What must hold of longer terms for which a part of the face must be spent, as queries for what does not."""

from typing import Final

from app.vouchers.band_proofs import REST_DEN, REST_NUM

_USED: Final = "(r.payload -> 'used')"

EXTENSIONS: Final = {
    "an extension was given to who had spent as much as its policy asks for": """
        SELECT x.district_id, 'voucher_extension', x.id,
               format('%s of %s fen spent', r.payload #>> '{used,spent_fen}', r.payload #>> '{used,face_fen}')
        FROM voucher_extensions x JOIN vouchers v ON v.id = x.voucher_id
        JOIN policy_versions p ON p.id = v.policy_version_id
        LEFT JOIN approval_requests r
             ON r.kind = 'voucher.extend' AND r.subject_id = x.id AND r.state = 'approved'
        CROSS JOIN LATERAL (
            SELECT (r.payload #>> '{used,face_fen}')::numeric * REST_DEN + REST_NUM AS face_fen,
                   (r.payload #>> '{used,spent_fen}')::numeric * REST_DEN + REST_NUM AS spent_fen) used
        WHERE x.state = 'approved' AND p.body -> 'valid' ?| '{extension_spent_from,extension_spent_above}'
          AND (used.spent_fen * 10000
               >= coalesce((p.body #>> '{valid,extension_spent_from}')::bigint * used.face_fen,
                           (p.body #>> '{valid,extension_spent_above}')::bigint * used.face_fen + 1))
              IS NOT TRUE
    """.replace("REST_NUM", REST_NUM.replace("SHOWN", _USED)).replace(
        "REST_DEN", REST_DEN.replace("SHOWN", _USED)
    ),
    "what an extension counts as spent was spent when it was proposed": """
        SELECT x.district_id, 'voucher_extension', x.id,
               format('%s of %s fen, counted %s of %s', spent.fen, v.face_fen,
                      r.payload #>> '{used,spent_fen}', r.payload #>> '{used,face_fen}')
        FROM voucher_extensions x JOIN vouchers v ON v.id = x.voucher_id
        JOIN approval_requests r
             ON r.kind = 'voucher.extend' AND r.subject_id = x.id AND r.state = 'approved'
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(CASE WHEN t.debit_account_id = v.account_id AND t.at <= x.proposed_at
                                     THEN t.amount_fen
                                     WHEN t.code LIKE '%.back' AND t.credit_account_id = v.account_id
                                          AND t.at < x.proposed_at THEN -t.amount_fen ELSE 0 END), 0) AS fen
            FROM ledger_transfers t
            WHERE v.account_id IN (t.debit_account_id, t.credit_account_id)
              AND t.kind IN ('single', 'post')) spent
        WHERE x.state = 'approved' AND v.move_id IS NULL AND r.payload ? 'used'
          AND ((r.payload #>> '{used,face_fen}')::bigint <> v.face_fen
               OR (r.payload #>> '{used,spent_fen}')::bigint > spent.fen)
    """,
}
"""Each rule with the query that finds what breaks it, as in ``proofs``. What was paid at the very moment of
the proposal may have come before it."""
